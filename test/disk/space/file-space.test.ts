import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fileSpace } from '../../../build-scripts/disk/space/file-space.ts';
import { shiftedSpace } from '../../../build-scripts/disk/space/shifted-space.ts';
import { nonZeroRuns } from '../../../build-scripts/disk/space/zeros.ts';
import { makeScratch, removeScratch } from '../../support/scratch.ts';
import { withImage } from './image.ts';

const MIB = 1024 ** 2;
let scratch: string;
beforeAll(async () => {
  scratch = await makeScratch('space');
});
afterAll(() => removeScratch(scratch));

describe('a range of a file', () => {
  test('gets what is written, at its place', async () => {
    const file = path.join(scratch, 'place');
    await withImage(file, 100, async (_, handle) => {
      const space = fileSpace({ handle, path: file, offset: 10, size: 20 });
      await space.write(17, Buffer.from('end'));
      await space.write(0, Buffer.from('start'));
    });
    const expected = Buffer.alloc(100);
    expected.write('start', 10);
    expected.write('end', 27);
    expect(await readFile(file)).toEqual(expected);
  });

  test('stays sparse where zeros are written', async () => {
    const file = path.join(scratch, 'sparse');
    const data = Buffer.alloc(8 * MIB);
    data.write('in the middle', 4 * MIB);
    await withImage(file, 16 * MIB, async (space) => {
      await space.write(2 * MIB, data);
    });
    const content = await readFile(file);
    expect(content.subarray(2 * MIB, 10 * MIB).equals(data)).toBe(true);
    const { size, blocks } = await stat(file);
    expect(size).toBe(16 * MIB);
    expect(blocks * 512).toBeLessThan(MIB);
  });

  test.each([
    [-1, 1],
    [0, 101],
    [100, 1],
    [0.5, 1],
    [NaN, 1],
  ])('refuses what is not in it: at %d, %d bytes', async (offset, length) => {
    const file = path.join(scratch, 'outside');
    await withImage(file, 200, async (_, handle) => {
      const space = fileSpace({ handle, path: file, offset: 0, size: 100 });
      await expect(space.write(offset, Buffer.alloc(length, 1))).rejects.toThrow(RangeError);
    });
    expect(await readFile(file)).toEqual(Buffer.alloc(200));
  });
});

describe('a part of a space', () => {
  test('adds its offset, for writes and for tools', async () => {
    const file = path.join(scratch, 'part');
    await withImage(file, 100, async (space) => {
      const part = shiftedSpace(shiftedSpace(space, 10, 50), 5, 20);
      expect(part.size).toBe(20);
      expect(part.inFile).toEqual({ path: file, offset: 15 });
      await part.write(2, Buffer.from('here'));
    });
    expect((await readFile(file)).indexOf('here')).toBe(17);
  });

  test('does not reach beyond its own end, even where the parent goes on', async () => {
    const file = path.join(scratch, 'beyond');
    await withImage(file, 100, async (space) => {
      const part = shiftedSpace(space, 10, 20);
      await expect(part.write(18, Buffer.from('four'))).rejects.toThrow(
        '4 bytes at 18 do not lie in a space of 20 bytes',
      );
      expect(() => shiftedSpace(space, 90, 11)).toThrow(RangeError);
    });
  });

  test('of something that is no plain range is none either', () => {
    const layer = { size: 10, write: () => Promise.resolve() };
    expect(shiftedSpace(layer, 1, 2).inFile).toBeUndefined();
  });
});

describe('pieces without zeros', () => {
  const piece = 65_536;
  const marked = (length: number, ...at: number[]): Buffer => {
    const data = Buffer.alloc(length);
    for (const offset of at) data[offset] = 1;
    return data;
  };

  test.each([
    ['nothing', marked(0), []],
    ['only zeros', marked(3 * piece + 1), []],
    ['the last byte', marked(piece + 1, piece), [{ start: piece, end: piece + 1 }]],
    ['neighbours', marked(3 * piece, piece - 1, piece), [{ start: 0, end: 2 * piece }]],
    [
      'apart',
      marked(3 * piece, 0, 2 * piece),
      [
        { start: 0, end: piece },
        { start: 2 * piece, end: 3 * piece },
      ],
    ],
  ])('%s', (_, data, expected) => {
    expect(nonZeroRuns(data)).toEqual(expected);
  });
});
