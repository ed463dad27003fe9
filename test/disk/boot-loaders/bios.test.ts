import { describe, expect, test } from '@jest/globals';
import { biosWrites } from '../../../build-scripts/disk/boot-loaders/bios.ts';
import { PLAIN, planOf, STACK } from '../support/disk-plans.ts';

const MIB = 1024 ** 2;
const bootSector = Buffer.alloc(512, 0x11);
const core = Buffer.alloc(150_000, 0x22);

describe('the BIOS boot code', () => {
  test.each([
    { table: 'gpt', layout: STACK, sector: 2048 },
    { table: 'mbr', layout: PLAIN, sector: 1 },
  ])('$table', ({ layout, sector }) => {
    const [code, image] = biosWrites(planOf(layout), bootSector, core);
    // Not beyond the code: the disk's signature and the table follow.
    const expected = Buffer.alloc(440, 0x11);
    expected.set([sector & 0xff, sector >> 8, 0, 0, 0, 0, 0, 0, 0xff, 0x11, 0x90, 0x90], 0x5c);
    expect(code).toEqual({ offset: 0, data: expected });

    const patched = Buffer.from(core);
    patched.set([(sector + 1) & 0xff, sector >> 8, 0, 0, 0, 0, 0, 0], 0x1f4);
    expect(image).toEqual({ offset: sector * 512, data: patched });
  });

  test('a core image that does not fit', () => {
    expect(() => biosWrites(planOf(PLAIN), bootSector, Buffer.alloc(MIB))).toThrow(
      "GRUB's core image has 1048576 bytes; there are 1048064 for it on the disk",
    );
    expect(() => biosWrites(planOf(STACK), bootSector, Buffer.alloc(MIB + 1))).toThrow(
      "GRUB's core image has 1048577 bytes; there are 1048576 for it on the disk",
    );
  });

  test('a boot sector that is none', () => {
    expect(() => biosWrites(planOf(STACK), Buffer.alloc(0), core)).toThrow('boot.img has 0 bytes');
  });
});
