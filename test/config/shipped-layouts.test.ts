import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { diskMistakes } from '../../build-scripts/cli/check-profile.ts';
import type { DiskFile, DiskNode } from '../../build-scripts/config/disk-schema.ts';
import { resolveProfile } from '../../build-scripts/config/resolve-profile.ts';
import type { ResolvedProfile } from '../../build-scripts/config/resolved-profile.ts';
import { searchPaths } from '../../build-scripts/config/search-paths.ts';

const projectDir = path.resolve(import.meta.dirname, '../..');

/** A profile that comes with mkimage, with options on top. */
function shipped(profile: string, set: readonly string[]): ResolvedProfile {
  return resolveProfile({
    profile,
    set,
    paths: searchPaths({ projectDir, workingDir: projectDir }),
    knownOutputs: ['qcow2', 'raw', 'vhdx', 'ova'],
  });
}

/** `raid1(luks(lvm(root: btrfs /)))` */
function inWords(node: DiskNode): string {
  const { type } = node;
  if (type === 'lvm') {
    const volumes = node.volumes.map(({ name, content }) => `${name}: ${inWords(content)}`);
    return `lvm(${volumes.join(', ')})`;
  }
  if (type === 'raid1' || type === 'luks') return `${type}(${inWords(node.content)})`;
  return 'mount' in node && node.mount !== undefined ? `${type} ${node.mount}` : type;
}

function layoutInWords({ size, table, partitions }: DiskFile): string[] {
  return [
    `${size} ${table}`,
    ...partitions.map(({ name, content }) => `${name}: ${inWords(content)}`),
  ];
}

/** The disk in words, once its plan was found without mistakes; and the packages. */
function diskOf(profile: string, set: readonly string[]): { disk: string[]; packages: string[] } {
  const resolved = shipped(profile, set);
  expect(diskMistakes(resolved)).toEqual([]);
  if (resolved.disk === undefined) throw new Error('there is no disk');
  return {
    disk: layoutInWords(resolved.disk.layout),
    packages: resolved.packages.map(({ name }) => name),
  };
}

const ESP = 'esp: vfat /boot/efi';
const VOLUMES = 'root: btrfs /, log: ext4 /var/log';

describe('hardware', () => {
  test.each<[string[], string[], string[]]>([
    [[], ['10G gpt', ESP, 'boot: ext4 /boot', `system: lvm(${VOLUMES})`], ['lvm2', 'btrfs-progs']],
    [
      ['bootable.firmware=[bios]', 'hardware.table=mbr', 'hardware.log-size=off'],
      ['10G mbr', 'boot: ext4 /boot', 'system: lvm(root: btrfs /)'],
      ['grub-pc-bin'],
    ],
    [
      ['hardware.raid1=[boot]', 'hardware.disk-size=20G'],
      ['20G gpt', ESP, 'boot: raid1(ext4 /boot)', `system: lvm(${VOLUMES})`],
      ['mdadm'],
    ],
    [
      ['hardware.luks=true', 'hardware.root-fs=ext4'],
      ['10G gpt', ESP, 'boot: ext4 /boot', 'system: luks(lvm(root: ext4 /, log: ext4 /var/log))'],
      ['cryptsetup-initramfs'],
    ],
    [
      [
        ...['hardware.raid1=[boot, pv]', 'hardware.luks=true', 'hardware.snapper=true'],
        ...['hardware.swap-size=512M', 'hardware.apt-cache-size=1G'],
      ],
      [
        ...['10G gpt', ESP, 'boot: raid1(ext4 /boot)'],
        `system: raid1(luks(lvm(root: btrfs /, swap: swap, log: ext4 /var/log, apt-cache: ext4 /var/cache/apt)))`,
      ],
      ['mdadm', 'cryptsetup-initramfs', 'lvm2', 'btrfs-progs', 'snapper'],
    ],
  ])('%p', (set, disk, packages) => {
    const found = diskOf('deb12-amd64-hardware-uefi', set);
    expect(found.disk).toEqual(disk);
    expect(found.packages).toEqual(expect.arrayContaining(packages));
  });

  test('installs no tools for layers that it does not have', () => {
    const { packages } = diskOf('deb12-amd64-hardware-uefi', ['hardware.root-fs=ext4']);
    const layers = ['mdadm', 'cryptsetup-initramfs', 'btrfs-progs', 'snapper', 'grub-pc-bin'];
    expect(packages.filter((name) => layers.includes(name))).toEqual([]);
  });

  test.each([
    ['{env: DISK_PASSPHRASE}', { env: 'DISK_PASSPHRASE' }],
    [`{prompt: "Whose 'disk'?"}`, { prompt: "Whose 'disk'?" }],
    [`{file: 'it''s "mine".key'}`, { file: '../it\'s "mine".key' }],
  ])('takes the passphrase from %s', (given, expected) => {
    const { disk } = shipped('deb12-amd64-hardware-uefi', [
      'hardware.luks=true',
      `hardware.luks-passphrase=${given}`,
    ]);
    expect(disk?.layout.partitions.at(-1)?.content).toMatchObject({ passphrase: expected });
  });

  test.each([
    [['hardware.snapper=true', 'hardware.root-fs=ext4'], 'snapper: true # hardware.snapper'],
    [['hardware.luks=true', 'hardware.luks-passphrase='], '# hardware.luks-passphrase'],
    [
      ['hardware.luks=true', 'hardware.luks-passphrase={file: a, env: B}'],
      '# hardware.luks-passphrase',
    ],
  ])('%p is refused, and the option is named', (set, text) => {
    expect(() => shipped('deb12-amd64-hardware-uefi', set)).toThrow(text);
  });
});

describe('vm', () => {
  test.each<[string[], string[]]>([
    [[], ['3G gpt', ESP, 'root: ext4 /']],
    [
      ['vm.root-fs=btrfs', 'vm.disk-size=auto'],
      ['auto gpt', ESP, 'root: btrfs /'],
    ],
    [['vm.swap-size=512M'], ['3G gpt', ESP, 'swap: swap', 'root: ext4 /']],
    [['bootable.firmware=[bios]'], ['3G gpt', 'root: ext4 /']],
  ])('%p', (set, disk) => {
    expect(diskOf('deb12-amd64-kvm', set).disk).toEqual(disk);
  });

  test.each([
    ['deb12-amd64-kvm', ['linux-image-cloud-amd64', 'grub-pc-bin', 'shim-signed']],
    ['deb11-amd64-kvm', ['linux-image-amd64', 'grub-pc-bin', 'qemu-guest-agent']],
    ['deb13-arm64-kvm', ['linux-image-cloud-arm64', 'grub-efi-arm64-bin', 'shim-signed']],
    ['deb13-amd64-esxi', ['linux-image-amd64', 'open-vm-tools']],
    ['deb12-amd64-hyper-v', ['linux-image-cloud-amd64', 'hyperv-daemons']],
  ])('%s has its kernel, boot loader and agent', (profile, packages) => {
    expect(diskOf(profile, []).packages).toEqual(expect.arrayContaining(packages));
  });

  test('without Secure Boot nothing signed is installed', () => {
    const { packages } = diskOf('deb12-amd64-kvm', ['bootable.secure-boot=false']);
    expect(packages.filter((name) => name.includes('signed'))).toEqual([]);
    expect(packages).toContain('grub-efi-amd64-bin');
  });

  test('arm64 has no BIOS', () => {
    const found = diskMistakes(shipped('deb12-arm64-kvm', ['bootable.firmware=[uefi, bios]']));
    expect(found.map(({ message }) => message)).toEqual(['there is no BIOS on arm64']);
  });
});
