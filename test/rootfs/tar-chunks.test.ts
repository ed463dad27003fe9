import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BufferPool } from '../../build-scripts/host/buffer-pool.ts';
import { tarChunks } from '../../build-scripts/rootfs/tar-chunks.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'mkimage-chunks-'));
  for (let index = 0; index < 2000; index++) {
    const name = path.join(folder, 'root', `dir-${index % 40}`, `file-${index}`);
    mkdirSync(path.dirname(name), { recursive: true });
    writeFileSync(name, `${index}\n`.repeat(index % 300));
  }
  writeFileSync(path.join(folder, 'root', 'long-name-'.repeat(20)), 'pax header');
  writeFileSync(path.join(folder, 'root', 'large'), Buffer.alloc(1_000_000, 7));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const pack = (): Buffer =>
  execFileSync(
    'tar',
    [
      ...['-C', path.join(folder, 'root'), '--sort=name', '--format=posix', '--mtime=@0'],
      ...['--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime', '-c', '.'],
    ],
    { maxBuffer: 2 ** 28 },
  );

/** As a stream gives it: in pieces of any size. */
async function chunksOf(tar: Buffer, piece: number): Promise<Buffer[]> {
  async function* source(): AsyncGenerator<Buffer> {
    const memory = Buffer.alloc(piece);
    for (let at = 0; at < tar.length; at += piece) {
      const length = tar.copy(memory, 0, at, at + piece);
      yield await Promise.resolve(memory.subarray(0, length));
      memory.fill('used up');
    }
  }
  const chunks: Buffer[] = [];
  const sizes = { least: 20_000, most: 200_000 };
  const buffers = new BufferPool(sizes.most);
  for await (const chunk of tarChunks(source(), sizes, buffers)) {
    chunks.push(Buffer.from(chunk));
    buffers.give(chunk);
  }
  return chunks;
}

test.each([1_000_003, 65_536, 511, 10_240])(
  'the chunks are the archive, however it comes: %d',
  async (piece) => {
    const tar = pack();
    const chunks = await chunksOf(tar, piece);
    expect(Buffer.concat(chunks).equals(tar)).toBe(true);
    expect(chunks.length).toBeGreaterThan(10);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(200_000);
    expect(chunks.map(({ length }) => length)).toEqual(
      (await chunksOf(tar, 4096)).map(({ length }) => length),
    );
  },
);

test('a file that has grown changes its own chunk, and shifts none', async () => {
  const before = await chunksOf(pack(), 65_536);
  writeFileSync(path.join(folder, 'root/dir-7/file-7'), 'x'.repeat(3000));
  const after = await chunksOf(pack(), 65_536);
  const known = new Set(before.map((chunk) => chunk.toString('latin1')));
  const anew = after.filter((chunk) => !known.has(chunk.toString('latin1')));
  expect(anew.length).toBeGreaterThan(0);
  expect(anew.length).toBeLessThanOrEqual(3);
});

test('what is no archive is cut all the same', async () => {
  const garbage = Buffer.alloc(1_000_000, 'garbage');
  expect(Buffer.concat(await chunksOf(garbage, 65_536)).equals(garbage)).toBe(true);
  expect(await chunksOf(Buffer.alloc(0), 10)).toEqual([]);
});
