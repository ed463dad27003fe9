import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import os from 'node:os';
import { Readable } from 'node:stream';
import { CompressStream } from 'zstd-napi';
import { UserError } from './errors.ts';
import { hashBuffer } from './hash-file.ts';
import type { CompressOptions, WrittenFile } from './write-compressed.ts';

/** Compressed chunks of earlier files. */
export interface FrameStore {
  /** @param sha256 of the chunk before compression, lower-case hex */
  find(sha256: string, level: number): Promise<Buffer | undefined>;
  add(sha256: string, level: number, frame: Buffer): Promise<void>;
}

export interface FramesOptions extends CompressOptions {
  readonly frames?: FrameStore | undefined;
}

/** So many at a time keep the processors busy; more only take memory. */
const MOST_AT_ONCE = 8;

/**
 * Writes chunks as zstd frames, one after the other, into a new file: RFC 8878, section 3 allows that,
 * and every decompressor reads them as one stream. The same chunks give the same file, with frames
 * from a store or without.
 * @throws UserError when there is no space for it
 */
export async function writeFrames(
  chunks: AsyncIterable<Buffer>,
  path: string,
  options: FramesOptions,
): Promise<WrittenFile> {
  const file = await open(path, 'wx', 0o644);
  const hash = createHash('sha256');
  const atOnce = Math.min(MOST_AT_ONCE, os.availableParallelism());
  const waiting: Promise<Buffer>[] = [];
  let bytesIn = 0;
  let bytes = 0;
  const writeFirst = async (): Promise<void> => {
    const frame = await waiting.shift();
    if (frame === undefined) return;
    hash.update(frame);
    await writeAll(file, frame, path);
    bytes += frame.length;
    options.onProgress?.(bytesIn, bytes);
  };
  try {
    for await (const chunk of chunks) {
      bytesIn += chunk.length;
      const frame = frameOf(chunk, options);
      // It is awaited in its turn.
      frame.catch(() => undefined);
      waiting.push(frame);
      if (waiting.length >= atOnce) await writeFirst();
    }
    while (waiting.length > 0) await writeFirst();
  } finally {
    await file.close();
  }
  return { path, bytes, sha256: hash.digest('hex'), bytesIn };
}

async function frameOf(chunk: Buffer, { frames, level }: FramesOptions): Promise<Buffer> {
  if (frames === undefined) return compressed(chunk, level);
  const sha256 = await hashBuffer(chunk);
  const known = await frames.find(sha256, level);
  if (known !== undefined) return known;
  const frame = await compressed(chunk, level);
  await frames.add(sha256, level, frame);
  return frame;
}

/** In a thread of its own; the same on every host. */
async function compressed(chunk: Buffer, level: number): Promise<Buffer> {
  const zstd = new CompressStream({ compressionLevel: level, nbWorkers: 1, checksumFlag: true });
  const pieces: Buffer[] = [];
  for await (const piece of Readable.from([chunk]).pipe(zstd)) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function writeAll(file: FileHandle, data: Buffer, path: string): Promise<void> {
  await file.writeFile(data).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new UserError(`there is no space left for ${path}`, {
      hint: 'free some space, or choose another folder with --output-dir',
      cause: error,
    });
  });
}
