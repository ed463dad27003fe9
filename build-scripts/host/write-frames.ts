import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { BufferPool } from './buffer-pool.ts';
import { CompressPool, threadCount } from './compress-pool.ts';
import { UserError } from './errors.ts';
import type { CompressOptions, WrittenFile } from './write-compressed.ts';

/** Compressed chunks of earlier files. */
export interface FrameStore {
  /** @param sha256 of the chunk before compression, lower-case hex */
  find(sha256: string, level: number): Promise<Uint8Array | undefined>;
  add(sha256: string, level: number, frame: Uint8Array): Promise<void>;
}

export interface FramesOptions extends CompressOptions {
  readonly frames?: FrameStore | undefined;
  /** Where the memory of chunks goes that are written. */
  readonly buffers: BufferPool;
  /** Of the threads; see {@link CompressPool}. */
  readonly niceness?: number | undefined;
}

/** Bytes of chunks that are under way; more only for as many chunks as there are threads. */
const ENOUGH = 16 * 1024 ** 2;

/**
 * Writes chunks as zstd frames, one after the other, into a new file: RFC 8878, section 3 allows that,
 * and every decompressor reads them as one stream. The same chunks give the same file, with frames
 * from a store or without.
 * @throws UserError when there is no space for it
 */
export async function writeFrames(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  path: string,
  options: FramesOptions,
): Promise<WrittenFile> {
  const file = await open(path, 'wx', 0o644);
  const pool = new CompressPool(options.niceness);
  const hash = createHash('sha256');
  const waiting: { readonly frame: Promise<Uint8Array>; readonly length: number }[] = [];
  let inMemory = 0;
  let bytesIn = 0;
  let bytes = 0;
  const writeFirst = async (): Promise<void> => {
    const first = waiting.shift();
    if (first === undefined) return;
    const frame = await first.frame;
    inMemory -= first.length;
    hash.update(frame);
    await writeAll(file, frame, path);
    bytes += frame.length;
    options.onProgress?.(bytesIn, bytes);
  };
  try {
    for await (const chunk of chunks) {
      const { length } = chunk;
      bytesIn += length;
      const frame = frameOf(chunk, pool, options);
      // It is awaited in its turn.
      frame.catch(() => undefined);
      waiting.push({ frame, length });
      inMemory += length;
      while (waiting.length >= threadCount() && inMemory >= ENOUGH) await writeFirst();
    }
    while (waiting.length > 0) await writeFirst();
  } finally {
    await pool.close();
    await file.close();
  }
  return { path, bytes, sha256: hash.digest('hex'), bytesIn };
}

async function frameOf(
  given: Uint8Array<ArrayBuffer>,
  pool: CompressPool,
  { frames, level, buffers }: FramesOptions,
): Promise<Uint8Array> {
  const compress = async (chunk: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
    const compressed = await pool.compress(chunk, level);
    buffers.give(compressed.chunk);
    return compressed.frame;
  };
  if (frames === undefined) return compress(given);
  const { sha256, chunk } = await pool.hash(given);
  const known = await frames.find(sha256, level);
  if (known !== undefined) {
    buffers.give(chunk);
    return known;
  }
  const frame = await compress(chunk);
  await frames.add(sha256, level, frame);
  return frame;
}

async function writeAll(file: FileHandle, data: Uint8Array, path: string): Promise<void> {
  await file.writeFile(data).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new UserError(`there is no space left for ${path}`, {
      hint: 'free some space, or choose another folder with --output-dir',
      cause: error,
    });
  });
}
