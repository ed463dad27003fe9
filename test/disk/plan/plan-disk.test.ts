import { describe, expect, test } from '@jest/globals';
import { ConfigError, DiagnosticList } from '../../../build-scripts/config/diagnostics.ts';
import type { DiskFile, DiskNode } from '../../../build-scripts/config/disk-schema.ts';
import { parseYaml } from '../../../build-scripts/config/yaml-source.ts';
import {
  mountPointsOf,
  nodesOf,
  planDisk,
  planToJson,
} from '../../../build-scripts/disk/plan/index.ts';
import { MIB } from '../../../build-scripts/disk/plan/sizes.ts';
import { layoutInput } from './support/layout.ts';

const root: DiskFile['partitions'][number] = {
  name: 'root',
  size: 'auto',
  content: { type: 'ext4', mount: '/' },
};
const esp: DiskNode = { type: 'vfat', mount: '/boot/efi' };
const diskOf = (table: 'gpt' | 'mbr', ...contents: DiskNode[]): DiskFile => ({
  size: 'auto',
  firmware: ['bios'],
  table,
  partitions: [
    root,
    ...contents.map((content, index) => ({ name: `p${index}`, size: '1G', content })),
  ],
});
const planOf = (disk: DiskFile, contents = {}): ReturnType<typeof planDisk> =>
  planDisk({ disk, contents, folder: '/', seed: 'seed' });

describe('types of partitions', () => {
  const luks: DiskNode = {
    type: 'luks',
    name: 'a',
    passphrase: { env: 'A' },
    content: { type: 'swap' },
  };
  const volumes = [{ name: 'a', size: '1M', content: { type: 'swap' } as const }];
  test.each<[string, DiskNode, string, string]>([
    ['ESP', esp, 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', 'ef'],
    [
      'ESP on RAID1',
      { type: 'raid1', name: 'a', content: esp },
      'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
      'ef',
    ],
    ['vfat', { type: 'vfat' }, 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7', '0c'],
    ['btrfs', { type: 'btrfs' }, '0FC63DAF-8483-4772-8E79-3D69D8477DE4', '83'],
    ['swap', { type: 'swap' }, '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F', '82'],
    [
      'RAID1',
      { type: 'raid1', name: 'a', content: luks },
      'A19D880F-05FC-4D3B-A006-743F0F84911E',
      'fd',
    ],
    ['LUKS', luks, 'CA7D7CCB-63ED-4C53-861C-1742536059CC', '83'],
    ['LVM', { type: 'lvm', name: 'a', volumes }, 'E6D6D379-F507-44C2-A23C-238F2A3DF928', '8e'],
  ])('%s', (_what, content, gpt, mbr) => {
    expect(planOf(diskOf('gpt', content)).partitions[2]?.type).toBe(gpt);
    expect(planOf(diskOf('mbr', content)).partitions[1]?.type).toBe(mbr);
  });
});

test('an MBR can boot with UEFI, and only a BIOS needs an active partition', () => {
  const disk = diskOf('mbr', esp);
  const active = (firmware: DiskFile['firmware']): boolean[] =>
    planOf({ ...disk, firmware }).partitions.map((partition) => partition.active);
  expect(active(['uefi'])).toEqual([false, false]);
  expect(active(['uefi', 'bios'])).toEqual([true, false]);
});

test('content of directories that are not mounted counts for the file system that they lie in', () => {
  const disk = diskOf('gpt', { type: 'btrfs', subvolumes: { '@log': '/var/log' } });
  expect(mountPointsOf(disk)).toEqual(['/', '/var/log']);
  const size = (contents: Record<string, number>): number | undefined =>
    planOf(disk, contents).partitions[1]?.size;
  const both = size({ '/': 800 * MIB });
  expect(size({ '/': 500 * MIB, '/var': 200 * MIB, '/varnish': 100 * MIB })).toBe(both);
  expect(size({ '/': 800 * MIB, '/var/log/audit': 100 * MIB })).toBe(both);
  expect(both).toBeGreaterThan(960 * MIB);
});

test('a layout in a profile is found at its place there', () => {
  const source = 'suite: trixie\ndisk:\n  partitions:\n    - {name: a, size: 1G}\n';
  const document = parseYaml(source, 'profile.yml', new DiagnosticList());
  const disk: DiskFile = { ...diskOf('gpt'), partitions: [{ ...root, content: { type: 'ext4' } }] };
  const plan = (): unknown =>
    planDisk({ disk, document, documentPath: ['disk'], contents: {}, folder: '/', seed: 's' });
  expect(plan).toThrow(ConfigError);
  expect(plan).toThrow('profile.yml:3:3: error: no root: nothing is mounted at /');
});

describe('secrets', () => {
  const plan = planDisk(layoutInput('6-secure-boot', {}));
  const luksOf = (layout: string): unknown =>
    nodesOf(planDisk(layoutInput(layout, {}))).find((node) => node.type === 'luks');

  test('are named and never made: of key material, a plan says only where it is', () => {
    const luks = luksOf('5-raid1-luks-lvm-mbr');
    expect(luks).toMatchObject({
      passphrase: { env: 'DISK_PASSPHRASE' },
      volumeKeyFile: '/keys/volume.key',
    });
    expect(luksOf('6-secure-boot')).toMatchObject({
      passphrase: { prompt: 'Passphrase for the root' },
      volumeKeyFile: undefined,
    });
    const known = 'type path at offset size name version uuid cipher keySize hash sectorSize pbkdf';
    const more = 'passphrase volumeKeyFile fill payloadOffset payloadSize content';
    expect(Object.keys(luks ?? {}).sort()).toEqual(`${known} ${more}`.split(' ').sort());
  });

  test('a plan as JSON has no lines of disk.yml in it', () => {
    const json = planToJson(plan);
    expect(json).toContain('"at": "6-secure-boot.yml:7"');
    expect(json).not.toContain('"text"');
  });
});
