import { expect, test } from '@jest/globals';
import { judgeVersions } from '../../build-scripts/disk/host-tools.ts';

const nothing = { errors: [], warnings: [] };

test.each([
  [{ 'mkfs.vfat': '4.2', cryptsetup: '2.4.0', mke2fs: '1.47.2', mkswap: 'unknown' }, nothing],
  [
    { mke2fs: '1.47.0' },
    {
      errors: [],
      warnings: [
        'mke2fs 1.47.0 of this host cannot make ext4 file systems that are the same on every build',
      ],
    },
  ],
  [
    { 'mkfs.btrfs': '6.2' },
    {
      errors: [
        'mkfs.btrfs 6.2 (package btrfs-progs): 6.14 or newer is needed for --subvol and --compress',
      ],
      warnings: [],
    },
  ],
  [
    { 'mkfs.btrfs': '6.17' },
    {
      errors: [],
      warnings: [
        'mkfs.btrfs 6.17 of this host cannot make btrfs file systems that are the same on every build',
      ],
    },
  ],
  [
    { cryptsetup: 'unknown' },
    {
      errors: [
        'cryptsetup unknown (package cryptsetup-bin): 2.4 or newer is needed for LUKS2 with sectors of 4096 bytes',
      ],
      warnings: [],
    },
  ],
])('%j', (found, expected) => {
  expect(judgeVersions(new Map(Object.entries(found)))).toEqual(expected);
});
