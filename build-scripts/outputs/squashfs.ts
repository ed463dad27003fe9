import { createReadStream } from 'node:fs';
import path from 'node:path';
import { DecompressStream } from 'zstd-napi';
import { hashFile } from '../host/hash-file.ts';
import type { OutputFormat } from './output.ts';

/** The root file system, packed and read-only: for live systems, network boot, embedded images. */
export const squashfs: OutputFormat = {
  name: 'squashfs',
  description: 'root file system as squashfs, packed with zstd',
  source: 'rootfs',
  usesTools: true,
  async produce({ rootfs, tools, directory, epoch, signal }) {
    if (tools === undefined) throw new Error('no tools to make squashfs with');
    const target = path.join(directory, 'rootfs.squashfs');
    const source = createReadStream(rootfs.path);
    const input = source.pipe(new DecompressStream());
    source.on('error', (error) => input.destroy(error));
    await tools.run(
      [
        ...['sqfstar', '-quiet', '-no-progress', '-comp', 'zstd', '-Xcompression-level', '9'],
        // Times of files are those of the tarball, which are the same on every build.
        ...['-reproducible', '-mkfs-time', String(epoch), '-xattrs', target],
      ],
      // Given as an option, because mksquashfs takes the variable and the option for a conflict.
      { input, signal, env: { SOURCE_DATE_EPOCH: undefined } },
    );
    return [{ name: 'rootfs', extension: '.squashfs', ...(await hashFile(target)) }];
  },
  howToUse: (_, files) => [
    {
      target: 'Mount',
      commands: [`mount -o loop ${files.get('rootfs.squashfs') ?? 'ROOTFS'} /mnt`],
    },
  ],
};
