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
  isQuick: true,
  async produce(context) {
    const { path } = diskOf(context);
    const { size } = await stat(path);
    const sha256 = size <= LARGEST_HASHED ? await sparseSha256(path) : undefined;
    return [{ name: 'disk', extension: '.raw', path, bytes: size, sha256 }];
  },
  howToUse: (_, files) => [
    {
      target: 'Drive',
      commands: [
        '# all of it is overwritten; lsblk -o NAME,SIZE,MODEL shows which is which',
        // Not conv=sparse: the holes have to be zeros on the drive, too.
        `dd if=${files.get('disk.raw') ?? 'DISK'} of=/dev/DRIVE bs=4M oflag=direct conv=fsync status=progress`,
      ],
    },
  ],
};
