import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { dataExtents, type Extent } from './data-extents.ts';
import { runCommand } from './process.ts';

/** Bytes that are looked at together; a power of two. */
const PIECE = 64 * 1024;
/** Bytes read or fed at a time when everything is hashed. */
const LARGE_PIECE = 4 * 1024 ** 2;
const ZEROS = Buffer.alloc(LARGE_PIECE);

/** Where a file of this machine has data; see {@link dataExtents}. */
export const extentsOf = (file: string): Promise<Extent[]> =>
  dataExtents((argv, options) => runCommand(argv, options), file);

/**
 * A checksum of a sparse file that takes as long as it has data, not as it is large: SHA-256 over
 * every 64 KiB piece that is not all zeros, each behind its offset as a decimal line. The same for
 * equal files, however finely a file system tells holes from zeros.
 *
 * @returns lower-case hex
 */
export async function contentHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  const extents = await extentsOf(file);
  const handle = await open(file, 'r');
  const buffer = Buffer.allocUnsafe(PIECE);
  let next = 0;
  try {
    for (const { start, length } of extents) {
      const first = Math.max(next, Math.floor(start / PIECE) * PIECE);
      for (let at = first; at < start + length; at += PIECE) {
        const { bytesRead } = await handle.read(buffer, 0, PIECE, at);
        next = at + PIECE;
        const piece = buffer.subarray(0, bytesRead);
        if (piece.equals(ZEROS.subarray(0, bytesRead))) continue;
        hash.update(`${at}\n`).update(piece);
      }
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/**
 * Everything in a sparse file, in order. Holes come as zeros from memory: reading them would take
 * several times as long. A piece may only be used until the next one is asked for.
 */
export async function* readSparse(file: string): AsyncGenerator<Buffer, void> {
  const extents = await extentsOf(file);
  const handle = await open(file, 'r');
  const buffer = Buffer.allocUnsafe(LARGE_PIECE);
  function* zeros(count: number): Generator<Buffer, void> {
    for (let left = count; left > 0; left -= LARGE_PIECE)
      yield ZEROS.subarray(0, Math.min(left, LARGE_PIECE));
  }
  let done = 0;
  try {
    for (const { start, length } of extents) {
      yield* zeros(start - done);
      for (let at = start; at < start + length;) {
        const wanted = Math.min(buffer.length, start + length - at);
        const { bytesRead } = await handle.read(buffer, 0, wanted, at);
        if (bytesRead === 0) throw new Error(`${file} became shorter while it was read`);
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
      done = start + length;
    }
    yield* zeros((await handle.stat()).size - done);
  } finally {
    await handle.close();
  }
}

/** The same as a stream, whose pieces may be kept. */
export function sparseStream(file: string): Readable {
  const source = readSparse(file);
  const copies = (async function* () {
    for await (const piece of source) yield Buffer.from(piece);
  })();
  return Readable.from(copies, { objectMode: false, highWaterMark: LARGE_PIECE });
}

/**
 * The SHA-256 that `sha256sum` gives.
 * @returns lower-case hex
 */
export async function sparseSha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readSparse(file)) hash.update(piece);
  return hash.digest('hex');
}
