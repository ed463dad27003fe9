import { randomBytes } from 'node:crypto';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyExtents } from '../../../build-scripts/disk/space/copy-extents.ts';
import { dataExtents } from '../../../build-scripts/host/data-extents.ts';
import { runCommand } from '../../../build-scripts/host/process.ts';
import { needsPrograms } from '../../support/needs.ts';
import { makeScratch, removeScratch } from '../../support/scratch.ts';
import { describeUnless } from '../../support/test-unless.ts';
import { withImage } from './image.ts';

const MIB = 1024 ** 2;
let scratch: string;
beforeAll(async () => {
  scratch = await makeScratch('copy-extents');
});
afterAll(() => removeScratch(scratch));

/** A sparse file with these pieces in it. */
async function sparseFile(name: string, size: number, pieces: [number, Buffer][]): Promise<string> {
  const file = path.join(scratch, name);
  const handle = await open(file, 'w');
  await handle.truncate(size);
  for (const [offset, data] of pieces) await handle.write(data, 0, data.length, offset);
  await handle.close();
  return file;
}

describeUnless(needsPrograms('perl'), 'extents of a file', () => {
  test.each([
    ['an empty file', 0, [], []],
    ['only a hole', 8 * MIB, [], []],
    ['data at both ends', 8 * MIB, [0, 7 * MIB], [0, 7 * MIB]],
    ['beyond 4 GiB', 6 * 1024 * MIB, [5 * 1024 * MIB], [5 * 1024 * MIB]],
  ])('%s', async (name, size, offsets, expected) => {
    const data = randomBytes(MIB);
    const file = await sparseFile(
      name,
      size,
      offsets.map((offset) => [offset, data]),
    );
    expect(await dataExtents(runCommand, file)).toEqual(
      expected.map((start) => ({ start, length: MIB })),
    );
  });

  test('written zeros are data', async () => {
    const file = await sparseFile('zeros', 8 * MIB, [[2 * MIB, Buffer.alloc(MIB)]]);
    expect(await dataExtents(runCommand, file)).toEqual([{ start: 2 * MIB, length: MIB }]);
  });

  test('a file that is not there is a failed command', async () => {
    await expect(dataExtents(runCommand, path.join(scratch, 'missing'))).rejects.toThrow(
      'No such file or directory',
    );
  });

  test('are copied to where they were, and nothing else is', async () => {
    const size = 40 * MIB;
    const source = await sparseFile('source', size, [
      [MIB + 4096, randomBytes(5 * MIB + 1000)],
      [20 * MIB, Buffer.alloc(MIB)],
      [size - 512, randomBytes(512)],
    ]);
    const target = path.join(scratch, 'target');
    const extents = await dataExtents(runCommand, source);
    await withImage(target, size, (space) => copyExtents(source, extents, space));
    expect((await readFile(target)).equals(await readFile(source))).toBe(true);
    expect((await stat(target)).blocks * 512).toBeLessThan(6 * MIB);
  });
});

describe('copying extents', () => {
  /** A space that remembers what it was given. */
  function recorder(size: number) {
    const writes: { offset: number; length: number; sum: number }[] = [];
    return {
      size,
      writes,
      write: (offset: number, data: Uint8Array) => {
        writes.push({ offset, length: data.length, sum: data.reduce((a, b) => a + b, 0) });
        return Promise.resolve();
      },
    };
  }

  test('hands on zeros, which LUKS has to encrypt', async () => {
    const file = path.join(scratch, 'handed on');
    await writeFile(file, Buffer.alloc(3 * MIB));
    const space = recorder(3 * MIB);
    await copyExtents(file, [{ start: 0, length: 2.5 * MIB }], space);
    expect(space.writes.sort((a, b) => a.offset - b.offset)).toEqual([
      { offset: 0, length: MIB, sum: 0 },
      { offset: MIB, length: MIB, sum: 0 },
      { offset: 2 * MIB, length: MIB / 2, sum: 0 },
    ]);
  });

  test('says how far it is', async () => {
    const file = path.join(scratch, 'progress');
    await writeFile(file, Buffer.alloc(3 * MIB, 1));
    const seen: [number, number][] = [];
    await copyExtents(file, [{ start: 0, length: 3 * MIB }], recorder(3 * MIB), {
      onProgress: (copied, total) => seen.push([copied, total]),
    });
    expect(seen).toEqual([1, 2, 3].map((count) => [count * MIB, 3 * MIB]));
  });

  test.each([
    ['an extent beyond the space', [{ start: MIB, length: 2 * MIB }], 'do not lie in a space'],
    ['a file that got shorter', [{ start: 0, length: 2 * MIB }], 'the file ends before'],
  ])('refuses %s', async (name, extents, message) => {
    const file = path.join(scratch, name);
    await writeFile(file, Buffer.alloc(1.5 * MIB, 1));
    await expect(copyExtents(file, extents, recorder(2 * MIB))).rejects.toThrow(message);
  });

  test('stops when it is told to', async () => {
    const file = path.join(scratch, 'stop');
    await writeFile(file, Buffer.alloc(16 * MIB, 1));
    const stop = new AbortController();
    const space = recorder(16 * MIB);
    const copying = copyExtents(file, [{ start: 0, length: 16 * MIB }], space, {
      signal: stop.signal,
      onProgress: () => {
        stop.abort(new Error('told to'));
      },
    });
    await expect(copying).rejects.toThrow('told to');
    expect(space.writes.length).toBeLessThan(8);
  });

  test('stops when the space cannot take more', async () => {
    const file = path.join(scratch, 'full');
    await writeFile(file, Buffer.alloc(16 * MIB, 1));
    let writes = 0;
    const full = {
      size: 16 * MIB,
      write: () => {
        writes += 1;
        return Promise.reject(new Error('no space left'));
      },
    };
    await expect(copyExtents(file, [{ start: 0, length: 16 * MIB }], full)).rejects.toThrow(
      'no space left',
    );
    expect(writes).toBeLessThan(4);
  });
});
