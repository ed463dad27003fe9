import { createHash, webcrypto } from 'node:crypto';
import { open } from 'node:fs/promises';

/** Bytes read at a time; with less than a megabyte the reading takes longer than the hashing. */
const PIECE = 4 * 1024 ** 2;

/** Size and SHA-256 (lower-case hex) of a file of any size. Holes are hashed as the zeros they read as. */
export async function hashFile(
  path: string,
): Promise<{ path: string; bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(PIECE);
  const handle = await open(path, 'r');
  let bytes = 0;
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, bytes);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await handle.close();
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

/** SHA-256 of what is in memory, lower-case hex. In a thread of its own: this one goes on. */
export async function hashBuffer(data: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', data)).toString('hex');
}
