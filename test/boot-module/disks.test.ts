import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { create } from 'tar';
import { compress } from 'zstd-napi';
import { firmwareOfDisk, TABLE_BYTES } from '../../build-scripts/boot/inspect-disk.ts';
import {
  diskFormat,
  makeOverlay,
  readStart,
  unwrapDisk,
  virtualSize,
} from '../../build-scripts/boot/prepare-disk.ts';
import { needsPrograms } from '../support/needs.ts';
import { describeUnless } from '../support/test-unless.ts';

let scratch: string;
const file = (name: string): string => path.join(scratch, name);
beforeAll(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), 'mkimage-disks-'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function sparse(name: string, bytes: number): string {
  writeFileSync(file(name), '');
  truncateSync(file(name), bytes);
  return file(name);
}

describeUnless(needsPrograms('sfdisk'), 'what a partition table starts with', () => {
  const table = (script: string, bootCode: boolean): Buffer => {
    const disk = sparse('table.raw', 64 * 1024 ** 2);
    execFileSync('sfdisk', ['--quiet', disk], { input: script });
    const start = readFileSync(disk).subarray(0, TABLE_BYTES);
    if (bootCode) start[0] = 0xeb;
    return start;
  };
  const BIOS_BOOT = 'size=1M, type=21686148-6449-6E6F-744E-656564454649\n';

  test.each([
    ['GPT with an ESP', 'label: gpt\nsize=8M, type=U\n', true, ['uefi']],
    ['GPT with GRUB', `label: gpt\n${BIOS_BOOT}size=8M\n`, true, ['bios']],
    ['GPT with both', `label: gpt\n${BIOS_BOOT}size=8M, type=U\n`, true, ['uefi', 'bios']],
    ['GPT with GRUB, but no boot code', `label: gpt\n${BIOS_BOOT}`, false, []],
    ['GPT with data only', 'label: gpt\nsize=8M\n', true, []],
    ['MBR', 'label: dos\nsize=8M, bootable\n', true, ['bios']],
    ['MBR with an ESP', 'label: dos\nsize=8M, type=ef\n', false, ['uefi']],
    ['MBR without boot code', 'label: dos\nsize=8M\n', false, []],
  ])('%s', (_, script, bootCode, expected) => {
    expect(firmwareOfDisk(table(script, bootCode))).toEqual(expected);
  });

  test('no table at all', () => {
    expect(firmwareOfDisk(Buffer.alloc(TABLE_BYTES))).toEqual([]);
    expect(firmwareOfDisk(Buffer.alloc(10))).toEqual([]);
  });
});

test.each([
  ['a.raw', 'raw'],
  ['a.img', 'raw'],
  ['a.raw.zst', 'raw-zst'],
  ['a.vhd', 'vhd'],
  ['a.ova', 'ova'],
  ['a.tar.zst', undefined],
  ['a', undefined],
])('the format of %s', (name, format) => {
  expect(diskFormat(name)).toBe(format);
});

describeUnless(needsPrograms('qemu-img'), 'disks for machines', () => {
  const MIB = 1024 ** 2;

  test('a compressed disk comes back with its content and its holes', async () => {
    const content = Buffer.alloc(8 * MIB);
    content.write('begin', 0);
    content.write('end', 8 * MIB - 3);
    writeFileSync(file('disk.raw.zst'), compress(content));
    const disk = await unwrapDisk(file('disk.raw.zst'), scratch);
    expect(disk.format).toBe('raw');
    expect(readFileSync(disk.file).equals(content)).toBe(true);
    expect(statSync(disk.file).blocks * 512).toBeLessThan(MIB);
  });

  test('the disk of an OVA', async () => {
    execFileSync('qemu-img', ['create', '-q', '-f', 'vmdk', file('inner.vmdk'), '5M']);
    await create({ file: file('good.ova'), cwd: scratch }, ['inner.vmdk']);
    const disk = await unwrapDisk(file('good.ova'), scratch);
    expect(await virtualSize(disk.file)).toBe(5 * MIB);
  });

  test('an OVA without a disk, and one that is no archive', async () => {
    writeFileSync(file('readme.txt'), 'hello');
    await create({ file: file('bad.ova'), cwd: scratch }, ['readme.txt']);
    await expect(unwrapDisk(file('bad.ova'), scratch)).rejects.toMatchObject({
      message: `${file('bad.ova')} holds no disk (a .vmdk)`,
      hint: 'it holds readme.txt',
    });
  });

  test('a file that is not what its name says', async () => {
    writeFileSync(file('wrong.qcow2'), Buffer.alloc(MIB, 'x'));
    await expect(unwrapDisk(file('wrong.qcow2'), scratch)).rejects.toThrow(
      `${file('wrong.qcow2')} can not be read as qcow2: Image is not in qcow2 format`,
    );
  });

  describe('over an image', () => {
    test('what is written stays out of it', async () => {
      const base = { file: sparse('base.raw', 4 * MIB), format: 'raw' } as const;
      const overlay = await makeOverlay(base, file('overlay.qcow2'));
      execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 4096', overlay.file]);
      expect((await readStart(overlay, 512, scratch))[0]).toBe(7);
      expect(readFileSync(base.file)[0]).toBe(0);
    });

    test('it may be larger, and not smaller', async () => {
      const base = { file: sparse('size.raw', 4 * MIB), format: 'raw' } as const;
      const larger = await makeOverlay(base, file('larger.qcow2'), '8M');
      expect(await virtualSize(larger.file)).toBe(8 * MIB);
      await expect(makeOverlay(base, file('smaller.qcow2'), '2M')).rejects.toThrow(
        'it does not fit into 2M',
      );
    });
  });
});
