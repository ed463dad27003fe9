import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { Store } from '../build-scripts/cache/store.ts';
import { CachedOutputs, type OutputInputs } from '../build-scripts/cached-outputs.ts';
import { sparseSha256 } from '../build-scripts/host/content-hash.ts';
import { outputFormat } from '../build-scripts/outputs/index.ts';
import type { Artifact } from '../build-scripts/outputs/output.ts';
import { whileFailing } from './support/fake-program.ts';
import { temporaryFolder } from './support/project.ts';

const INPUTS = {
  source: 'a',
  image: {},
  epoch: 1,
  seed: 's',
  tools: [],
} as unknown as OutputInputs;
const QCOW2 = outputFormat('qcow2');

async function setUp() {
  const store = await Store.open(path.join(temporaryFolder(), 'cache'));
  if (store === undefined) throw new Error('no store');
  const file = path.join(temporaryFolder(), 'disk.qcow2');
  writeFileSync(file, 'content');
  const sha256 = await sparseSha256(file);
  const artifacts: Artifact[] = [
    { name: 'disk', extension: '.qcow2', path: file, bytes: 7, sha256 },
  ];
  const outputs = new CachedOutputs(store, () => undefined);
  const keep = (): Promise<void> => outputs.keep('web', QCOW2, INPUTS, artifacts);
  const taken = async () => outputs.take(QCOW2, INPUTS, temporaryFolder());
  return { store, file, keep, taken };
}

test('what was made is found again', async () => {
  const { keep, taken } = await setUp();
  await keep();
  expect(await taken()).toMatchObject([{ name: 'disk', extension: '.qcow2', bytes: 7 }]);
});

test.each([
  'No space left on device',
  'Disk quota exceeded',
  'Permission denied',
  'Read-only file system',
])('a cache that can not hold it fails no build: %s', async (reason) => {
  const { store, file, keep, taken } = await setUp();
  await whileFailing('cp', `cp: error writing 'data': ${reason}`, keep);
  expect(existsSync(file)).toBe(true);
  expect(await taken()).toBeUndefined();
  expect(readdirSync(path.join(store.directory, 'image'))).toEqual([]);
});

test('any other failure is told', async () => {
  const { keep } = await setUp();
  const kept = whileFailing('cp', "cp: error reading 'disk': Input/output error", keep);
  await expect(kept).rejects.toThrow('cp failed: exit code 1');
});
