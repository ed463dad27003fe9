import type { FileHandle } from 'node:fs/promises';
import { checkRange, type Space } from './space.ts';
import { nonZeroRuns } from './zeros.ts';

export interface FileRange {
  /** Open for writing; stays the caller's to close. */
  readonly handle: FileHandle;
  /** The same file, by name, for tools that write to it directly. */
  readonly path: string;
  /** In the file, bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * A range of a sparse file. Zeros are not written, so that they stay holes: the range must read as
 * zeros before, as it does in a file that was just made and given its size by truncate.
 *
 * `write` throws what the file system says, ENOSPC on a full disk.
 */
export function fileSpace({ handle, path, offset, size }: FileRange): Space {
  return {
    size,
    inFile: { path, offset },
    async write(at, data) {
      checkRange(size, at, data.length);
      for (const { start, end } of nonZeroRuns(data)) {
        await writeAll(handle, data.subarray(start, end), offset + at + start);
      }
    },
  };
}

/** One pwrite may write less than asked for, for example just before the disk is full. */
async function writeAll(handle: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length;) {
    const { bytesWritten } = await handle.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}
