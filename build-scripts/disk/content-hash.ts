import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { runCommand } from '../host/process.ts';
import { dataExtents, type Extent } from './space/extents.ts';

/** Bytes that are looked at together; a power of two. */
const PIECE = 64 * 1024;
/** Bytes read or fed at a time when everything is hashed. */
const LARGE_PIECE = 4 * 1024 ** 2;
const ZEROS = Buffer.alloc(LARGE_PIECE);

const extentsOf = (file: string): Promise<Extent[]> =>
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
 * The SHA-256 that `sha256sum` gives. Holes are hashed as zeros from memory: reading them would take
 * several times as long as hashing them.
 *
 * @returns lower-case hex
 */
export async function sparseSha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  const zeros = (count: number): void => {
    for (let left = count; left > 0; left -= LARGE_PIECE) {
      hash.update(ZEROS.subarray(0, Math.min(left, LARGE_PIECE)));
    }
  };
  const extents = await extentsOf(file);
  const handle = await open(file, 'r');
  let done = 0;
  try {
    for (const { start, length } of extents) {
      zeros(start - done);
      await hashRange(handle, start, length, (piece) => hash.update(piece));
      done = start + length;
    }
    zeros((await handle.stat()).size - done);
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

async function hashRange(
  handle: FileHandle,
  start: number,
  length: number,
  use: (piece: Buffer) => void,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(length, LARGE_PIECE));
  for (let at = start; at < start + length;) {
    const wanted = Math.min(buffer.length, start + length - at);
    const { bytesRead } = await handle.read(buffer, 0, wanted, at);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    use(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}
