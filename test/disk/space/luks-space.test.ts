import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { luksSpace } from '../../../build-scripts/disk/space/luks-space.ts';
import type { Space } from '../../../build-scripts/disk/space/space.ts';
import { makeScratch, removeScratch } from '../../support/scratch.ts';
import { decryptXts } from './decrypt.ts';
import { withImage } from './image.ts';

const MIB = 1024 ** 2;
const key = randomBytes(64);
let scratch: string;
let made = 0;
beforeAll(async () => {
  scratch = await makeScratch('luks-space');
});
afterAll(() => removeScratch(scratch));

interface Encrypted {
  readonly bytes: Buffer;
  /** That the file takes on the disk, bytes. */
  readonly allocated: number;
}

/** Lets `use` write to a container and finishes it. @returns what is then in the file */
async function encrypt(
  size: number,
  options: { readonly sectorSize: 512 | 4096; readonly fill?: boolean },
  use: (space: Space) => Promise<void>,
): Promise<Encrypted> {
  made += 1;
  const file = path.join(scratch, String(made));
  await withImage(file, size, async (payload) => {
    const space = luksSpace(payload, { key, ...options });
    await use(space);
    await space.finish?.();
  });
  return { bytes: await readFile(file), allocated: (await stat(file)).blocks * 512 };
}

describe.each([512, 4096] as const)('a container with sectors of %d bytes', (sectorSize) => {
  const decrypt = (bytes: Buffer) => decryptXts(key, sectorSize, bytes);

  test('encrypts what is written, in pieces of any size and order, several at a time', async () => {
    const size = 3 * MIB;
    const plain = randomBytes(size);
    const cuts = [0, size];
    for (let index = 0; index < 200; index += 1) cuts.push(randomBytes(4).readUInt32LE() % size);
    for (const near of [1, sectorSize - 1, sectorSize, sectorSize + 1, 5 * sectorSize])
      cuts.push(near);
    const sorted = [...new Set(cuts)].sort((a, b) => a - b);
    const pieces = sorted.slice(1).map((end, index) => [sorted[index] ?? 0, end] as const);
    const shuffled = pieces
      .map((piece) => ({ piece, order: randomBytes(4).readUInt32LE() }))
      .sort((a, b) => a.order - b.order);
    const { bytes } = await encrypt(size, { sectorSize }, async (space) => {
      await Promise.all(
        shuffled.map(({ piece: [start, end] }) => space.write(start, plain.subarray(start, end))),
      );
    });
    expect(decrypt(bytes).equals(plain)).toBe(true);
  });

  test('adds zeros to sectors of which only a part was written', async () => {
    const { bytes } = await encrypt(4 * sectorSize, { sectorSize }, async (space) => {
      await space.write(sectorSize + 10, Buffer.from('one'));
      await space.write(sectorSize + 100, Buffer.from('two'));
    });
    const expected = Buffer.alloc(sectorSize);
    expected.write('one', 10);
    expected.write('two', 100);
    expect(decrypt(bytes).subarray(sectorSize, 2 * sectorSize)).toEqual(expected);
  });

  test('encrypts zeros that are written, and leaves holes where nothing is', async () => {
    const { bytes, allocated } = await encrypt(64 * MIB, { sectorSize }, async (space) => {
      await space.write(32 * MIB, Buffer.alloc(MIB));
    });
    const zeros = decryptXts(key, sectorSize, bytes.subarray(32 * MIB, 33 * MIB), 32 * MIB);
    expect(zeros.equals(Buffer.alloc(MIB))).toBe(true);
    expect(bytes.subarray(0, 32 * MIB).every((byte) => byte === 0)).toBe(true);
    expect(bytes.subarray(33 * MIB).every((byte) => byte === 0)).toBe(true);
    expect(allocated).toBeLessThan(2 * MIB);
  });

  test('with fill, encrypts zeros wherever nothing was written', async () => {
    const size = 3 * MIB;
    const { bytes } = await encrypt(size, { sectorSize, fill: true }, async (space) => {
      await space.write(100, Buffer.from('start'));
      await space.write(MIB, Buffer.alloc(MIB, 7));
      await space.write(size - 1, Buffer.from('e'));
    });
    const expected = Buffer.alloc(size);
    expected.write('start', 100);
    expected.fill(7, MIB, 2 * MIB);
    expected.write('e', size - 1);
    expect(decrypt(bytes).equals(expected)).toBe(true);
  });
});

test('the filling says how far it is', async () => {
  const seen: [number, number][] = [];
  await withImage(path.join(scratch, 'progress'), 4 * MIB, async (payload) => {
    const onFill = (filled: number, total: number) => seen.push([filled, total]);
    const space = luksSpace(payload, { key, sectorSize: 4096, fill: true, onFill });
    await space.write(0, Buffer.alloc(MIB));
    await space.finish?.();
  });
  expect(seen).toEqual([1, 2, 3].map((count) => [count * MIB, 3 * MIB]));
});

test('the filling can be stopped', async () => {
  const stop = new AbortController();
  await withImage(path.join(scratch, 'stop'), 4 * MIB, async (payload) => {
    const space = luksSpace(payload, {
      key,
      sectorSize: 4096,
      fill: true,
      signal: stop.signal,
      onFill: () => {
        stop.abort(new Error('enough'));
      },
    });
    await expect(space.finish?.()).rejects.toThrow('enough');
  });
  const { blocks } = await stat(path.join(scratch, 'stop'));
  expect(blocks * 512).toBe(MIB);
});

test('a container is no plain range of the file', async () => {
  await withImage(path.join(scratch, 'range'), MIB, (payload) => {
    expect(luksSpace(payload, { key, sectorSize: 512 }).inFile).toBeUndefined();
    return Promise.resolve();
  });
});

test.each([
  ['twice the same', [0, 10], [0, 10]],
  ['a part again', [0, 10_000], [5000, 100]],
  ['the rest of a sector and more', [4000, 96], [4095, 10]],
] as const)('a second write to the same bytes is a mistake: %s', async (_, first, second) => {
  await encrypt(MIB, { sectorSize: 4096 }, async (space) => {
    await space.write(first[0], Buffer.alloc(first[1]));
    await expect(space.write(second[0], Buffer.alloc(second[1]))).rejects.toThrow('a second time');
  });
});

test.each([
  ['outside', 4090, 10, RangeError],
  ['before the start', -1, 1, RangeError],
] as const)('refuses to write %s', async (_, offset, length, kind) => {
  const { bytes } = await encrypt(4096, { sectorSize: 512 }, async (space) => {
    await expect(space.write(offset, Buffer.alloc(length))).rejects.toThrow(kind);
  });
  expect(bytes).toEqual(Buffer.alloc(4096));
});

test('refuses a payload that is not whole sectors', () => {
  const payload = { size: 4096 + 512, write: () => Promise.resolve() };
  expect(() => luksSpace(payload, { key, sectorSize: 4096 })).toThrow(
    '4608 bytes are not whole sectors of 4096 bytes',
  );
});
