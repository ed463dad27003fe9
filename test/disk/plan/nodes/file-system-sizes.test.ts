import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EXT4_USE } from '../../../../build-scripts/disk/plan/nodes/ext4.ts';
import { BTRFS_USE } from '../../../../build-scripts/disk/plan/nodes/btrfs.ts';
import { autoSize } from '../../../../build-scripts/disk/plan/nodes/file-system.ts';
import { VFAT_USE } from '../../../../build-scripts/disk/plan/nodes/vfat.ts';
import { MIB } from '../../../../build-scripts/disk/plan/sizes.ts';
import { needsPrograms } from '../../../support/needs.ts';
import { testUnless } from '../../../support/test-unless.ts';

const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'file-system-sizes-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** An empty sparse file. */
function emptyFile(size: number): string {
  const file = path.join(folder, 'image');
  writeFileSync(file, '');
  truncateSync(file, size);
  return file;
}

/** As filesystems/ext4.ts asks for. */
const FEATURES =
  'none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,' +
  'large_file,huge_file,dir_nlink,extra_isize,metadata_csum';

/** Bytes that a new ext4 has left. */
function freeInExt4(size: number): number {
  const file = emptyFile(size);
  const layout = ['-O', FEATURES, '-b', '4096', '-I', '256', '-N', String(size / 16384)];
  const nothingWritten = ['-E', 'nodiscard,lazy_itable_init=1'];
  execFileSync('mke2fs', ['-q', '-t', 'ext4', ...layout, ...nothingWritten, file], { env });
  const header = execFileSync('dumpe2fs', ['-h', file], { env, encoding: 'utf8', stdio: 'pipe' });
  return Number(/^Free blocks: +(\d+)/m.exec(header)?.[1]) * 4096;
}

testUnless(
  needsPrograms('mke2fs', 'dumpe2fs'),
  'an ext4 has the room that the plan counts on, and hardly more',
  () => {
    const sizes = [8, 16, 64, 127, 128, 400, 511, 512, 600, 1023, 1024, 2048, 5000, 20480, 102400];
    for (const size of sizes.map((mib) => mib * MIB)) {
      const [planned, real] = [EXT4_USE.usable(size), freeInExt4(size)];
      expect({ size, fits: planned <= real }).toEqual({ size, fits: true });
      expect({ size, wasted: real - planned > MIB + size / 200 }).toEqual({ size, wasted: false });
    }
  },
  60_000,
);

testUnless(needsPrograms('mkfs.btrfs'), 'a btrfs can be as small as the plan allows', () => {
  const make = (size: number): number | null =>
    spawnSync('mkfs.btrfs', ['-q', '-K', emptyFile(size)], { env }).status;
  expect(make(BTRFS_USE.smallest)).toBe(0);
  expect(make(BTRFS_USE.smallest - MIB)).toBe(1);
});

describe('automatic sizes', () => {
  test.each([
    ['ext4', EXT4_USE],
    ['btrfs', BTRFS_USE],
    ['vfat', VFAT_USE],
  ])('%s: headroom of a fifth and at least 64 MiB, and no more than needed', (_type, use) => {
    for (const content of [0, 1, 3e7, 3.2e8, 8.1e8, 5e9, 3e11]) {
      const wanted = content + Math.max(content / 5, 64 * MIB);
      const size = autoSize(content, use);
      expect(size % MIB).toBe(0);
      expect(use.usable(size)).toBeGreaterThanOrEqual(wanted);
      expect(size === use.smallest || use.usable(size - 2 * MIB) < wanted).toBe(true);
    }
  });
});
