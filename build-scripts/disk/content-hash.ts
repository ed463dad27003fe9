import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { runCommand } from '../host/process.ts';
import { dataExtents } from './space/extents.ts';

/** Bytes that are looked at together; a power of two. */
const PIECE = 64 * 1024;
const ZEROS = Buffer.alloc(PIECE);

/**
 * A checksum of a sparse file that takes as long as it has data, not as it is large: SHA-256 over
 * every 64 KiB piece that is not all zeros, each behind its offset as a decimal line. The same for
 * equal files, however finely a file system tells holes from zeros.
 *
 * @returns lower-case hex
 */
export async function contentHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  const extents = await dataExtents((argv, options) => runCommand(argv, options), file);
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
