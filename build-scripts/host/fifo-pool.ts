import { closeSync, constants, openSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { readPieces } from './piece-reader.ts';

/** How many FIFOs one mkfifo makes; two commands' worth is the common case. */
const BATCH = 8;

/** One end for a child to write to, the other for us to read. */
export interface OpenPipe {
  readonly reader: Readable;
  /** File descriptor, to be closed here once the child has it. */
  readonly writeEnd: number;
}

/** What a command gets as stdout and stderr. */
export interface CommandPipes {
  readonly stdout: OpenPipe;
  readonly stderr: OpenPipe;
}

/**
 * Real pipes for the output of commands. What Node gives a child as "pipe" is a socket, and a
 * socket cannot be opened again: a hook's `echo … >/dev/stderr` would fail with "No such device
 * or address". Node has no pipe(2); FIFOs are the next best thing, and are used over and over.
 */
export class FifoPool {
  private readonly directory: string;
  private readonly idle: string[] = [];
  private made = 0;

  /** @param directory private, and there as long as the pool is used */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** Runs `use` with two fresh pipes, and takes them back. */
  async lend<T>(use: (pipes: CommandPipes) => Promise<T>): Promise<T> {
    return this.lendOpen(openPipe, use);
  }

  /** The same for much output: stdout comes in the pieces of {@link readPieces}. */
  async lendPieces<T>(use: (pipes: CommandPipes) => Promise<T>): Promise<T> {
    return this.lendOpen(openPiecePipe, use);
  }

  private async lendOpen<T>(
    openStdout: (name: string) => OpenPipe,
    use: (pipes: CommandPipes) => Promise<T>,
  ): Promise<T> {
    const names = [await this.take(), await this.take()] as const;
    const pipes = { stdout: openStdout(names[0]), stderr: openPipe(names[1]) };
    try {
      return await use(pipes);
    } finally {
      for (const [index, pipe] of [pipes.stdout, pipes.stderr].entries()) {
        // One that ended has no writer left. Another may have, and must not be mixed up with.
        const name = names[index];
        if (pipe.reader.readableEnded && name !== undefined) this.idle.push(name);
        pipe.reader.destroy();
      }
    }
  }

  private async take(): Promise<string> {
    if (this.idle.length === 0) {
      const first = this.made;
      this.made += BATCH;
      const names = Array.from({ length: BATCH }, (_, index) =>
        path.join(this.directory, `pipe-${first + index}`),
      );
      await execa('mkfifo', ['-m', '600', '--', ...names]);
      this.idle.push(...names);
    }
    return this.idle.pop() ?? this.take();
  }
}

function openPipe(name: string): OpenPipe {
  // The reading end first, and without waiting: then a writer can open it at once.
  const readEnd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(name, constants.O_WRONLY);
  return { reader: new net.Socket({ fd: readEnd, readable: true, writable: false }), writeEnd };
}

function openPiecePipe(name: string): OpenPipe {
  // Both ends at once never wait, nor do the single ones then.
  const both = openSync(name, constants.O_RDWR);
  const reader = readPieces(openSync(name, constants.O_RDONLY));
  const writeEnd = openSync(name, constants.O_WRONLY);
  closeSync(both);
  return { reader, writeEnd };
}

/** Closes our copies of the ends that a child has by now. */
export function closeWriteEnds(pipes: CommandPipes): void {
  closeSync(pipes.stdout.writeEnd);
  closeSync(pipes.stderr.writeEnd);
}
