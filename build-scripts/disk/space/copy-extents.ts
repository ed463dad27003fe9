import { open, type FileHandle } from 'node:fs/promises';
import type { Extent } from '../../host/data-extents.ts';
import { checkRange, type Space } from './space.ts';

/** Bytes that are read and written at once. */
const CHUNK = 1024 ** 2;
/** Chunks on their way at the same time: one is read, one encrypted, one written. */
const LANES = 3;

export interface CopyOptions {
  /** Bytes copied so far, out of all that will be. */
  readonly onProgress?: ((copied: number, total: number) => void) | undefined;
  /** Ends the copying. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies what is in the extents of a file into a space, to the same offsets.
 *
 * Zeros that a tool wrote are data like any other and are handed to the space: a plain file leaves
 * them out, LUKS encrypts them. Holes are not copied. In a file they read as zeros, below LUKS
 * without `fill` as noise, so file systems may only be made in a way that relies on no hole:
 * - mke2fs: `nodiscard,lazy_itable_init=1`. It then marks no inode table as zeroed, and the kernel
 *   does that after the first mount. Without, it makes holes and calls them zeroed.
 * - mkfs.btrfs and mkswap write every byte that is ever read, zeros included.
 * - mkfs.vfat writes both FATs and the root directory in full.
 *
 * @throws RangeError when an extent reaches beyond the space
 * @throws the reason of `signal`; what reading or writing throws
 */
export async function copyExtents(
  source: string,
  extents: readonly Extent[],
  space: Space,
  options: CopyOptions = {},
): Promise<void> {
  const { onProgress, signal } = options;
  for (const { start, length } of extents) checkRange(space.size, start, length);
  const total = extents.reduce((sum, { length }) => sum + length, 0);
  const rest = chunks(extents);
  let copied = 0;
  let failed = false;

  async function lane(handle: FileHandle): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, total));
    try {
      for (const { start, length } of rest) {
        if (failed) return;
        signal?.throwIfAborted();
        const data = buffer.subarray(0, length);
        await readAll(handle, data, start);
        await space.write(start, data);
        copied += length;
        onProgress?.(copied, total);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  }

  const handle = await open(source, 'r');
  try {
    const results = await Promise.allSettled(Array.from({ length: LANES }, () => lane(handle)));
    // The first to fail is the cause; the others have come to rest by now.
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  } finally {
    await handle.close();
  }
}

/** One iterator for all lanes: whoever asks gets the next chunk. */
function* chunks(extents: readonly Extent[]): Generator<Extent, void> {
  for (const { start, length } of extents) {
    for (let done = 0; done < length; done += CHUNK) {
      yield { start: start + done, length: Math.min(CHUNK, length - done) };
    }
  }
}

async function readAll(handle: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length;) {
    const { bytesRead } = await handle.read(data, done, data.length - done, position + done);
    if (bytesRead === 0) throw new Error(`the file ends before ${position + data.length} bytes`);
    done += bytesRead;
  }
}
