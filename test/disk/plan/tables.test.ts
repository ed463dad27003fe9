import { describe, expect, test } from '@jest/globals';
import type { DiskFile, DiskNode } from '../../../build-scripts/config/disk-schema.ts';
import {
  crypttab,
  fstab,
  mapperName,
  mdadmConf,
  planDisk,
} from '../../../build-scripts/disk/plan/index.ts';
import { defaultMountOptions } from '../../../build-scripts/disk/plan/mount-options.ts';

/** A disk with a partition of 500 MiB for each node. */
const planOf = (...nodes: DiskNode[]): ReturnType<typeof planDisk> => {
  const partitions: DiskFile['partitions'] = nodes.map((content, index) => ({
    name: `p${index}`,
    size: '500M',
    content,
  }));
  const disk: DiskFile = { size: 'auto', firmware: ['bios'], table: 'gpt', partitions };
  return planDisk({ disk, folder: '/', contents: {}, seed: 'seed' });
};

/** Second to fourth column of fstab. */
const rowsOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/ +/).slice(1, 4).join(' '));

describe('fstab', () => {
  test('has what is mounted in something after it, and swap at the end', () => {
    const text = fstab(
      planOf(
        { type: 'swap' },
        { type: 'ext4', mount: '/var/cache/apt' },
        { type: 'ext4', mount: '/var' },
        { type: 'ext4', mount: '/opt' },
        { type: 'ext4', mount: '/' },
        { type: 'ext4' },
      ),
    );
    expect(rowsOf(text)).toEqual([
      '/ ext4 relatime,user_xattr,errors=remount-ro',
      '/opt ext4 relatime,nodev,nosuid,noexec',
      '/var ext4 relatime,nodev,nosuid',
      '/var/cache/apt ext4 noatime,nodev,nosuid,noexec',
      'none swap sw,nofail',
    ]);
    expect(text).toMatch(/^# .*\n# /);
    expect(text.endsWith(' 0\n')).toBe(true);
  });

  test('has given options as they are, and those of subvolumes besides', () => {
    const text = fstab(
      planOf(
        { type: 'btrfs', mount: '/', compress: 'zstd:1', options: 'noatime', snapper: true },
        { type: 'ext4', mount: '/srv', options: 'ro' },
        { type: 'btrfs', mount: '/home', options: 'compress=lzo' },
      ),
    );
    expect(rowsOf(text)).toEqual([
      '/ btrfs noatime,subvol=@rootfs,compress=zstd:1',
      '/.snapshots btrfs noatime,subvol=@snapshots,compress=zstd:1',
      '/home btrfs compress=lzo',
      '/srv ext4 ro',
    ]);
  });

  test('has blanks and backslashes in octal', () => {
    const text = fstab(planOf({ type: 'ext4', mount: '/' }, { type: 'ext4', mount: '/a b\\c' }));
    expect(rowsOf(text)[1]).toBe('/a\\040b\\134c ext4 relatime,nodev,nosuid,noexec');
  });

  test('names every file system by its own identity', () => {
    const given = '0b1e7f9c-6f0d-4bb0-8a3e-1d3f5c7e9b02';
    const text = fstab(
      planOf(
        { type: 'ext4', mount: '/', uuid: given },
        { type: 'vfat', mount: '/boot/efi', uuid: '1A2B-3C4D' },
      ),
    );
    expect(text.match(/^UUID=\S+/gm)).toEqual([`UUID=${given}`, 'UUID=1A2B-3C4D']);
  });
});

test('a disk without layers needs no crypttab and mdadm.conf', () => {
  const plan = planOf({ type: 'ext4', mount: '/' });
  expect([crypttab(plan), mdadmConf(plan)]).toEqual([undefined, undefined]);
});

test.each([
  [false, 'luks,discard,initramfs'],
  [true, 'luks,initramfs'],
])('below LUKS with fill: %s it has %s', (fill, options) => {
  const plan = planOf(
    { type: 'ext4', mount: '/' },
    { type: 'luks', name: 'c', passphrase: { env: 'A' }, fill, content: { type: 'swap' } },
  );
  expect(crypttab(plan)?.trimEnd().split(/ +/).at(-1)).toBe(options);
});

test.each([
  ['vg0', 'root', 'vg0-root'],
  ['vg-a', 'lv-b', 'vg--a-lv--b'],
  ['vg', 'a--b', 'vg-a----b'],
])('the volume %s/%s is /dev/mapper/%s', (group, volume, name) => {
  expect(mapperName(group, volume)).toBe(name);
});

test.each([
  ['/', 'ext4', 'relatime,user_xattr,errors=remount-ro'],
  ['/', 'btrfs', 'relatime'],
  ['/boot/efi', 'vfat', 'noatime,umask=0077'],
  ['/boot', 'ext4', 'noatime,nodev,nosuid'],
  ['/usr', 'ext4', 'relatime,nodev'],
  ['/usr/local', 'ext4', 'relatime,nodev,nosuid'],
  ['/var/lib', 'ext4', 'relatime,nodev,nosuid'],
  ['/var/log', 'ext4', 'noatime,nodev,nosuid,noexec'],
  ['/var/log/audit', 'btrfs', 'noatime,nodev,nosuid,noexec'],
  ['/var/cache', 'ext4', 'noatime,nodev,nosuid,noexec'],
  ['/var/logs', 'ext4', 'relatime,nodev,nosuid,noexec'],
  ['/home', 'ext4', 'relatime,nodev,nosuid,noexec'],
] as const)('%s on %s is mounted with %s', (mount, type, options) => {
  expect(defaultMountOptions(mount, type)).toBe(options);
});
