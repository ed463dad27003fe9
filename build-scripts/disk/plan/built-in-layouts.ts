import type { DiskFile } from '../../config/disk-schema.ts';

/** What `--uefi` and `--bios` mean: one ext4 root, as large as its content with headroom. */
export const BUILT_IN_LAYOUTS: Readonly<Record<'uefi' | 'bios', DiskFile>> = {
  uefi: {
    size: 'auto',
    firmware: ['uefi'],
    table: 'gpt',
    partitions: [
      { name: 'esp', size: '256M', content: { type: 'vfat', mount: '/boot/efi' } },
      { name: 'root', size: 'rest', content: { type: 'ext4', mount: '/' } },
    ],
  },
  // The BIOS boot partition comes by itself.
  bios: {
    size: 'auto',
    firmware: ['bios'],
    table: 'gpt',
    partitions: [{ name: 'root', size: 'rest', content: { type: 'ext4', mount: '/' } }],
  },
};
