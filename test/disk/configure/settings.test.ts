import { describe, expect, test } from '@jest/globals';
import {
  consoleArguments,
  grubDefaultsFile,
} from '../../../build-scripts/disk/configure/grub-defaults.ts';
import { initramfsSettings } from '../../../build-scripts/disk/configure/initramfs.ts';
import { parseFacts } from '../../../build-scripts/disk/configure/inspect-root.ts';
import { mergeFstab } from '../../../build-scripts/disk/configure/merge-fstab.ts';
import { PLAIN, planOf, STACK } from '../support/disk-plans.ts';

describe('fstab', () => {
  const disk = '# disk\nUUID=1 / ext4 defaults 0 1\nUUID=2 /tmp ext4 defaults 0 2\n';
  test.each([
    ['# UNCONFIGURED FSTAB FOR BASE SYSTEM\n', ''],
    ['', ''],
    ['tmpfs /var/tmp tmpfs size=1G 0 0', 'tmpfs /var/tmp tmpfs size=1G 0 0\n'],
    ['nas:/data\t/data\tnfs4 defaults 0 0\n', 'nas:/data\t/data\tnfs4 defaults 0 0\n'],
    // The disk has something there.
    ['tmpfs /tmp tmpfs defaults 0 0\n', ''],
    // Not on this disk.
    ['/dev/sda1 /old ext4 defaults 0 0\nUUID=9 none swap sw 0 0\n', ''],
  ])('with %j in the image', (image, kept) => {
    expect(mergeFstab(disk, image)).toBe(`${disk}${kept}`);
  });
});

describe('settings of update-grub', () => {
  test('nothing to say', () => {
    expect(grubDefaultsFile([], undefined)).toBeUndefined();
  });

  test('arguments are safe in a shell, and the console is set up', () => {
    expect(grubDefaultsFile(['a="$b`c\\'], { unit: 1, speed: 9600 }, 'Debian')).toBe(
      `# Written when this disk image was made.
GRUB_DISTRIBUTOR="Debian"
GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX a=\\"\\$b\\\`c\\\\"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --unit=1 --speed=9600 --word=8 --parity=no --stop=1"
`,
    );
  });

  test.each([
    ['amd64', 'ttyS0'],
    ['arm64', 'ttyAMA0'],
  ])('%s has %s', (architecture, port) => {
    expect(consoleArguments(architecture, { unit: 0, speed: 115200 })).toEqual([
      'console=tty0',
      `console=${port},115200`,
    ]);
  });
});

test.each([
  { layout: PLAIN, zstd: false, files: ['/etc/initramfs-tools/conf.d/resume'] },
  {
    layout: PLAIN,
    zstd: true,
    files: ['/etc/initramfs-tools/conf.d/resume', '/etc/initramfs-tools/conf.d/00-disk-image'],
  },
  {
    layout: STACK,
    zstd: false,
    files: ['/etc/initramfs-tools/conf.d/resume', '/etc/cryptsetup-initramfs/conf-hook'],
  },
])('settings of initramfs-tools: $files', ({ layout, zstd, files }) => {
  const facts = parseFacts(zstd ? 'file /usr/bin/zstd\n' : '');
  expect(initramfsSettings(planOf(layout), facts).map(({ file }) => file)).toEqual(files);
});

describe('a resume file of the image', () => {
  const keeps = (layout: string, present: string): boolean | undefined =>
    initramfsSettings(planOf(layout), parseFacts(''))
      .find(({ file }) => file.endsWith('/resume'))
      ?.keeps?.(present);

  test.each([
    ['RESUME=UUID=12345678-1234-1234-1234-123456789abc\n', false],
    ['# swap of the laptop\nRESUME="/dev/sda2"\n', false],
    // A file on the root file system of this disk.
    ['RESUME=UUID=0b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f\n', true],
    ['RESUME=none\n', true],
    ['RESUME="auto"\n', true],
    ['#RESUME=/dev/sda2\n', true],
    ['', true],
  ])('stays without a swap on the disk: %j: %j', (present, expected) => {
    expect(keeps(PLAIN, present)).toBe(expected);
  });

  test('stays with a swap', () => {
    expect(keeps(STACK, 'RESUME=/dev/vg-0/swap\n')).toBe(true);
  });
});
