import { expect, test } from '@jest/globals';
import type { DiskNode } from '../../../../build-scripts/config/disk-schema.ts';
import type { NodePlan } from '../../../../build-scripts/disk/disk-plan.ts';
import { planDisk } from '../../../../build-scripts/disk/plan/index.ts';
import { MIB } from '../../../../build-scripts/disk/plan/sizes.ts';

/** A node in a partition of 1 GiB: 2097152 sectors. */
function placed(content: DiskNode): NodePlan | undefined {
  const root = { name: 'root', size: '1G', content: { type: 'ext4', mount: '/' } } as const;
  const { partitions } = planDisk({
    disk: {
      size: 'auto',
      firmware: ['bios'],
      table: 'mbr',
      partitions: [root, { name: 'it', size: '1G', content }],
    },
    folder: '/layouts',
    contents: {},
    seed: 'seed',
  });
  return partitions[1]?.content;
}

const swap = { type: 'swap' } as const;
const passphrase = { file: 'pass' };
const sector = 512;

test.each([
  ['1.0', swap, { superblockOffset: 2097136 * sector, dataOffset: 0, dataSize: 2096880 * sector }],
  ['1.2', swap, { superblockOffset: 8 * sector, dataOffset: 2048 * sector, dataSize: 1023 * MIB }],
] as const)('RAID1 with metadata %s as mdadm places it', (metadata, content, expected) => {
  expect(placed({ type: 'raid1', name: 'a', metadata, content })).toMatchObject(expected);
});

test.each([
  ['an ESP', { type: 'vfat', mount: '/boot/efi' }, '1.0'],
  ['/boot', { type: 'ext4', mount: '/boot' }, '1.0'],
  ['anything else', { type: 'ext4', mount: '/srv' }, '1.2'],
] as const)('metadata of a RAID1 for %s', (_what, content, metadata) => {
  expect(placed({ type: 'raid1', name: 'a', content })).toMatchObject({ metadata, devices: 1 });
});

test('LUKS2 by default, with costs that do not depend on this machine', () => {
  expect(placed({ type: 'luks', name: 'a', passphrase, content: swap })).toMatchObject({
    version: 2,
    cipher: 'aes-xts-plain64',
    keySize: 512,
    hash: 'sha256',
    sectorSize: 4096,
    pbkdf: { type: 'argon2id', memoryKiB: 65536, iterations: 4 },
    passphrase: { file: '/layouts/pass' },
    volumeKeyFile: undefined,
    fill: false,
    payloadOffset: 16 * MIB,
    payloadSize: 1008 * MIB,
  });
});

test('LUKS1', () => {
  expect(placed({ type: 'luks', version: 1, name: 'a', passphrase, content: swap })).toMatchObject({
    sectorSize: 512,
    pbkdf: { type: 'pbkdf2', memoryKiB: 0, iterations: 1_000_000 },
    payloadOffset: 2 * MIB,
    payloadSize: 1022 * MIB,
  });
});

test('LVM gives whole extents, a percentage rounded down and the rest to the last', () => {
  const volume = (
    name: string,
    size: string,
  ): { name: string; size: string; content: DiskNode } => ({
    name,
    size,
    content: swap,
  });
  const volumes = [volume('a', '1M'), volume('b', '33%'), volume('c', '9M'), volume('d', 'rest')];
  expect(placed({ type: 'lvm', name: 'vg', volumes })).toMatchObject({
    extentsOffset: MIB,
    extentSize: 4 * MIB,
    extentCount: 255,
    volumes: [
      { name: 'a', firstExtent: 0, extentCount: 1 },
      { name: 'b', firstExtent: 1, extentCount: 84 },
      { name: 'c', firstExtent: 85, extentCount: 3 },
      { name: 'd', firstExtent: 88, extentCount: 167 },
    ],
  });
});
