import { stat } from 'node:fs/promises';
import { sparseSha256 } from '../host/content-hash.ts';
import { diskOf } from './disk-image.ts';
import type { OutputFormat } from './output.ts';

/** Hashing the holes of a larger image takes longer than making it, bytes. */
const LARGEST_HASHED = 4 * 1024 ** 3;

/** The disk as it is: a sparse file. */
export const raw: OutputFormat = {
  name: 'raw',
  description: 'disk image as it is, a sparse file: for dd, QEMU, Proxmox VE',
  source: 'disk',
  usesTools: false,
  async produce(context) {
    const { path } = diskOf(context);
    const { size } = await stat(path);
    const sha256 = size <= LARGEST_HASHED ? await sparseSha256(path) : undefined;
    return [{ name: 'disk', extension: '.raw', path, bytes: size, sha256 }];
  },
  howToUse: (_, files) => [
    // A symlink is followed; everything on the target is lost.
    `to a disk    dd if=${files.get('disk.raw') ?? 'DISK'} of=/dev/DISK bs=4M conv=sparse,fsync status=progress`,
    '             conv=sparse leaves old data where the image has zeros: blkdiscard /dev/DISK, or wipe it before',
  ],
};
