import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compress } from 'zstd-napi';
import type { ToolRunner } from '../../build-scripts/disk/tool-runner.ts';
import { unpackTarball } from '../../build-scripts/disk/unpack-tarball.ts';
import { CommandError, type CommandFailure } from '../../build-scripts/host/errors.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';

let scratch: string;
let tarball: string;
beforeAll(async () => {
  scratch = await makeScratch('unpack-tarball');
  tarball = path.join(scratch, 'root.tar.zst');
  await writeFile(tarball, compress(Buffer.from('no tar')));
});
afterAll(() => removeScratch(scratch));

/** A tar that reads its input and fails. */
const failing = (error: Error): ToolRunner => ({
  kind: 'host',
  async run([program], options) {
    if (program !== 'tar') return { stdout: '', stderr: '', exitCode: 0 };
    await text(options?.input as Readable);
    throw error;
  },
  versions: () => Promise.resolve(new Map()),
});
const tarFailure = (failure: Partial<CommandFailure>): CommandError =>
  new CommandError({ command: ['tar', '--extract'], lastLines: [], ...failure });

test.each([
  { exitCode: 2, lastLines: ['tar: ./usr/bin/x: Cannot write: No space left on device'] },
  { exitCode: 2, lastLines: ['tar: ./a: Cannot mkdir: Disk quota exceeded', 'tar: ./b: skipped'] },
  { signal: 'SIGKILL' },
  { exitCode: 137 },
])('a machine that ends tar is not the fault of the tarball: %j', async (failure) => {
  const error = tarFailure(failure);
  await expect(unpackTarball(tarball, '/root', failing(error))).rejects.toBe(error);
});

test('a full work area is called by its name', () => {
  const { hint } = tarFailure({ lastLines: ['tar: x: Cannot write: No space left on device'] });
  expect(hint).toMatch('is full');
});

test('a tarball that tar can not read is damaged', async () => {
  const error = tarFailure({ exitCode: 2, lastLines: ['tar: Unexpected EOF in archive'] });
  await expect(unpackTarball(tarball, '/root', failing(error))).rejects.toMatchObject({
    name: 'UserError',
    message: `${tarball} is damaged or cut off`,
    cause: error,
  });
});
