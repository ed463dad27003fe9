import type { OutputFormat } from './output.ts';

/** The root file system tarball, which every build publishes. */
export const tar: OutputFormat = {
  name: 'tar',
  description:
    'root file system as tar.zst and nothing else: for chroots, systemd-nspawn, tar-to-disk',
  source: 'rootfs',
  usesTools: false,
  isQuick: true,
  produce: () => Promise.resolve([]),
  howToUse: ({ firmware }, files) => {
    const file = files.get('rootfs.tar.zst') ?? 'ROOTFS';
    return [
      {
        target: 'Chroot',
        commands: [
          `tar --zstd --numeric-owner --xattrs --xattrs-include='*' -xpf ${file} -C /DIRECTORY`,
        ],
      },
      // Others have no kernel.
      ...(firmware.length === 0
        ? []
        : [{ target: 'Disk', commands: [`tar-to-disk -C disk.yml ${file}`] }]),
    ];
  },
};
