import { stat } from 'node:fs/promises';
import type { FileSystem } from './file-system.ts';
import { contentError, isFullMessage } from './content-error.ts';
import { makeInScratchFile } from './scratch-file.ts';

export const btrfs: FileSystem<'btrfs'> = {
  type: 'btrfs',
  check: 'btrfs check',
  verifiesInPlace: false,
  async make(request) {
    const { node, directory, tools } = request;
    const subvolumes = node.subvolumes.flatMap(({ name, isDefault }) => [
      '--subvol',
      `${isDefault ? 'default' : 'rw'}:${name}`,
    ]);
    const command = (file: string): string[] => [
      'mkfs.btrfs',
      ...['-q', '--nodiscard'],
      // The usual ones, whatever the version and the host.
      ...['--metadata', 'dup', '--data', 'single', '--nodesize', '16384', '--sectorsize', '4096'],
      ...['--uuid', node.uuid, '--device-uuid', node.deviceUuid],
      ...(node.label === undefined ? [] : ['--label', node.label]),
      ...(directory === undefined ? [] : ['--rootdir', directory, ...subvolumes]),
      ...(node.compress === undefined ? [] : ['--compress', node.compress]),
      file,
    ];
    await makeInScratchFile(
      request,
      async (file) => {
        await tools.run(command(file), { sameBits: node.uuid }).catch((error: unknown) => {
          throw isFullMessage(error) ? contentError(node, error) : error;
        });
        // Without our library it makes more room for content that is too large uncompressed.
        if ((await stat(file)).size > request.space.size) throw contentError(node);
      },
      btrfs.verify,
    );
  },
  async verify({ tools, path }) {
    await tools.run(['btrfs', 'check', '--readonly', path]);
  },
};
