import { open, type FileHandle } from 'node:fs/promises';
import { fileSpace } from '../../../build-scripts/disk/space/file-space.ts';
import type { Space } from '../../../build-scripts/disk/space/space.ts';

/** Makes a sparse file and lends it as a space. */
export async function withImage<T>(
  path: string,
  size: number,
  use: (space: Space, handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await open(path, 'w+', 0o600);
  try {
    await handle.truncate(size);
    return await use(fileSpace({ handle, path, offset: 0, size }), handle);
  } finally {
    await handle.close();
  }
}
