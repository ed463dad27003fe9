import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { scriptPath } from './script-path.ts';

type Chunk = Uint8Array<ArrayBuffer>;

/** SHA-256, lower-case hex, and the chunk itself. */
export interface Hashed {
  readonly sha256: string;
  readonly chunk: Chunk;
}

/** A compressed chunk, and the chunk itself. */
export interface Compressed {
  readonly frame: Uint8Array;
  readonly chunk: Chunk;
}

/** More threads than this gain little, and each one takes its share of memory. */
const MOST_THREADS = 8;

/** How many threads compress side by side on this host. */
export const threadCount = (): number => Math.min(MOST_THREADS, os.availableParallelism());

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Threads that hash, and compress with zstd. Not zstd's own: who asks those for a result waits for it, and does
 * nothing else. The same chunk gives the same frame in each of them.
 */
export class CompressPool {
  private readonly niceness: number;
  private readonly threads: { readonly worker: Worker; readonly waiting: Waiting[] }[] = [];

  /** @param niceness see nice(1): how far other work on this host goes first */
  constructor(niceness = 0) {
    this.niceness = niceness;
  }

  /** @param chunk is handed to the thread, and comes back with the result. @throws Error */
  async hash(chunk: Chunk): Promise<Hashed> {
    return (await this.ask(chunk, undefined)) as Hashed;
  }

  /** @param chunk is handed to the thread, and comes back with the result. @throws Error */
  async compress(chunk: Chunk, level: number): Promise<Compressed> {
    return (await this.ask(chunk, level)) as Compressed;
  }

  private async ask(chunk: Chunk, level: number | undefined): Promise<unknown> {
    const { worker, waiting } = this.idlest();
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.postMessage({ chunk, level }, [chunk.buffer]);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }

  private idlest() {
    const [first] = this.threads.toSorted((a, b) => a.waiting.length - b.waiting.length);
    if (first !== undefined && (first.waiting.length === 0 || this.threads.length >= threadCount()))
      return first;
    const worker = new Worker(scriptPath('compress-worker.js'), {
      workerData: { niceness: this.niceness },
    });
    const thread = { worker, waiting: [] as Waiting[] };
    // In the order of the questions.
    worker.on('message', (result: unknown) => thread.waiting.shift()?.resolve(result));
    worker.on('error', (error: Error) => {
      // It has ended: who asks it now would wait for ever.
      this.threads.splice(this.threads.indexOf(thread), 1);
      for (const { reject } of thread.waiting.splice(0)) reject(error);
    });
    this.threads.push(thread);
    return thread;
  }
}
