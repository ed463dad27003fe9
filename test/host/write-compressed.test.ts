import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { writeCompressed, type WrittenFile } from '../../build-scripts/host/write-compressed.ts';
import { needsPrograms } from '../support/needs.ts';
import { describeUnless } from '../support/test-unless.ts';
import { temporaryDirectory } from './support/temporary.ts';

const folder = temporaryDirectory();

/** 12 MiB, more than one job of a thread: half of it repeats, half does not. Always the same. */
const input = Buffer.concat(
  Array.from({ length: 12 }, (_, index) =>
    index % 2 === 0
      ? Buffer.alloc(2 ** 20, `line ${index}\n`)
      : Buffer.concat(
          Array.from({ length: 2 ** 15 }, (__, block) =>
            createHash('sha256').update(`${index} ${block}`).digest(),
          ),
        ),
  ),
);

/** In chunks of that many bytes. */
function* chunks(bytes: number): Generator<Buffer> {
  for (let start = 0; start < input.length; start += bytes)
    yield input.subarray(start, start + bytes);
}

const write = (name: string, level: number, chunk = 65_536): Promise<WrittenFile> =>
  writeCompressed(Readable.from(chunks(chunk)), path.join(folder, name), { level });

describeUnless(needsPrograms('zstd'), 'what is written', () => {
  test.each([1, 3, 12])(
    'zstd gives the input back, level %d',
    async (level) => {
      const written = await write(`level${level}`, level);
      const output = execFileSync('zstd', ['-dc', written.path], { maxBuffer: 2 ** 26 });
      expect(output.equals(input)).toBe(true);
      const sum = execFileSync('sha256sum', [written.path], { encoding: 'utf8' });
      expect(written).toEqual({
        path: path.join(folder, `level${level}`),
        bytes: statSync(written.path).size,
        bytesIn: input.length,
        sha256: sum.slice(0, 64),
      });
      expect(written.bytes).toBeLessThan(input.length * 0.6);
    },
    60_000,
  );

  test('zstd notices when a byte of it is lost: there is a checksum', async () => {
    const { path: file } = await write('checksum', 1);
    expect(execFileSync('zstd', ['-lv', file], { encoding: 'utf8', stdio: 'pipe' })).toMatch(
      /Check: XXH64/,
    );
  });

  test('nothing', async () => {
    const empty = await writeCompressed(Readable.from([]), path.join(folder, 'empty'), {
      level: 3,
    });
    expect(empty.bytesIn).toBe(0);
    expect(execFileSync('zstd', ['-dc', empty.path])).toHaveLength(0);
  });
});

test('the same bytes on two runs, however the input arrives', async () => {
  const first = await write('first', 3);
  expect((await write('second', 3)).sha256).toBe(first.sha256);
  expect((await write('third', 3, 1_000_003)).sha256).toBe(first.sha256);
  expect((await write('other', 4)).sha256).not.toBe(first.sha256);
});

test('progress only grows, up to the whole', async () => {
  const seen: [number, number][] = [];
  const { bytes, bytesIn } = await writeCompressed(
    Readable.from(chunks(65_536)),
    path.join(folder, 'progress'),
    { level: 1, onProgress: (...both) => seen.push(both) },
  );
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.at(-1)).toEqual([bytesIn, bytes]);
  for (const column of [0, 1] as const) {
    const values = seen.map((both) => both[column]);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  }
});

test('a source that fails is what fails', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.from('some'));
    throw new Error('tar is gone');
  }
  await expect(
    writeCompressed(Readable.from(broken()), path.join(folder, 'broken'), { level: 3 }),
  ).rejects.toThrow('tar is gone');
});

test('no space left is the machine’s fault', async () => {
  await expect(
    writeCompressed(Readable.from(chunks(65_536)), '/dev/full', { level: 1 }),
  ).rejects.toThrow(
    expect.objectContaining({
      message: 'there is no space left for /dev/full',
      hint: 'free some space, or choose another folder with --output-dir',
    }),
  );
});
