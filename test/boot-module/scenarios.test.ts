import { expect, test } from '@jest/globals';
import { fileSystemsOf, type BootImage, type DiskFacts } from '../../build-scripts/boot/image.ts';
import { keptFileSystem, momentsOf } from '../../build-scripts/boot/scenarios.ts';

const fat = { content: { type: 'vfat', mount: '/boot/efi' } };
const boot = { content: { type: 'ext4', mount: '/boot' } };
const ext4 = { content: { type: 'ext4', mount: '/' } };
const swap = { content: { type: 'swap' } };
const btrfs = {
  content: {
    type: 'raid1',
    content: {
      type: 'lvm',
      volumes: [
        {
          name: 'root',
          content: {
            type: 'btrfs',
            subvolumes: [
              { name: '@rootfs', mount: '/' },
              { name: '@home', mount: '/home' },
            ],
          },
        },
        { name: 'log', content: { type: 'ext4', mount: '/var/log' } },
      ],
    },
  },
};

function imageOf(suite: string, ...partitions: readonly object[]): BootImage {
  return {
    name: 'web',
    file: '/web.raw',
    format: 'raw',
    kind: 'disk',
    arch: 'amd64',
    firmware: ['bios'],
    disk: { secureBoot: false, plan: { firmware: ['bios'], partitions } } as DiskFacts,
    manifest: {
      profile: 'web',
      settings: { suite, arch: 'amd64' },
      collections: [],
      options: { 'firstboot.new-identities': { value: true } },
      outputs: [],
      packages: {},
    },
  };
}

test('file systems are found in all layers, swap is none', () => {
  expect(fileSystemsOf(imageOf('trixie', fat, swap, btrfs))).toEqual([
    { type: 'vfat', mounts: ['/boot/efi'] },
    { type: 'btrfs', mounts: ['/', '/home'] },
    { type: 'ext4', mounts: ['/var/log'] },
  ]);
  expect(fileSystemsOf({ ...imageOf('trixie'), disk: undefined })).toEqual([]);
});

test.each([
  ['bullseye', [ext4], '/'],
  ['bullseye', [boot, btrfs], '/boot'],
  ['bullseye', [btrfs], undefined],
  ['bookworm', [ext4], undefined],
])('an ext4 that GRUB of Debian 11 reads keeps its UUID: %s, %j', (suite, partitions, kept) => {
  expect(keptFileSystem(imageOf(suite, ...partitions))).toBe(kept);
});

test.each([
  ['bookworm', [swap, ext4], false],
  ['bookworm', [fat, ext4], true],
  ['bookworm', [boot, btrfs], true],
  ['bullseye', [boot, ext4], false],
  ['bullseye', [fat, boot, ext4], true],
])('the power is cut when a file system has its new UUID: %s, %j', (suite, partitions, said) => {
  const moments = momentsOf(imageOf(suite, ...partitions)).map(({ source }) => source);
  expect(moments.some((moment) => moment.includes('has its new UUID'))).toBe(said);
  expect(moments).toContain('firstboot: step 1 is done');
});
