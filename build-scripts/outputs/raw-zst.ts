import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { extentsOf, sparseStream } from '../host/content-hash.ts';
import { formatBytes } from '../host/format.ts';
import { hashFile } from '../host/hash-file.ts';
import { writeCompressed } from '../host/write-compressed.ts';
import { blockMap } from './bmap.ts';
import { diskOf } from './disk-image.ts';
import type { OutputFormat } from './output.ts';

/** zstd level: packed once, sent often, and zeros cost nothing. */
const LEVEL = 6;

/** The raw image for download, and a map of its data for bmaptool. */
export const rawZst: OutputFormat = {
  name: 'raw-zst',
  description: 'raw disk image compressed with zstd, and a block map for bmaptool',
  source: 'disk',
  usesTools: false,
  async produce(context) {
    const disk = diskOf(context);
    const { bytesIn, ...packed } = await writeCompressed(
      sparseStream(disk.path),
      path.join(context.directory, 'disk.raw.zst'),
      {
        level: LEVEL,
        onProgress: (read, written) => {
          context.onDetail(`raw-zst: ${formatBytes(read)} → ${formatBytes(written)}`);
        },
      },
    );
    const map = path.join(context.directory, 'disk.raw.bmap');
    await writeFile(map, await blockMap(disk.path, bytesIn, await extentsOf(disk.path)));
    return [
      { name: 'disk', extension: '.raw.zst', ...packed },
      { name: 'disk', extension: '.raw.bmap', ...(await hashFile(map)) },
    ];
  },
  howToUse: (_, files) => {
    const packed = files.get('disk.raw.zst') ?? 'DISK';
    return [
      {
        target: 'Drive',
        commands: [
          '# all of it is overwritten; lsblk -o NAME,SIZE,MODEL shows which is which',
          `zstd -dc < ${packed} | dd of=/dev/DRIVE bs=4M iflag=fullblock oflag=direct conv=fsync status=progress`,
          // Blocks without data have to be zeros on the drive.
          '# or faster, where the drive is all zeros (new, or after blkdiscard --zeroout):',
          `bmaptool copy --bmap ${files.get('disk.raw.bmap') ?? 'MAP'} ${packed} /dev/DRIVE`,
        ],
      },
    ];
  },
};
