import { execFileSync } from 'node:child_process';
import { open, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { contentHash, sparseSha256 } from '../../build-scripts/host/content-hash.ts';
import { temporaryFolder } from '../support/project.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);

test('holes and written zeros are the same, content and places are not', async () => {
  const sparse = await open(file('sparse'), 'w');
  await sparse.truncate(1_000_000);
  await sparse.write(Buffer.from('here'), 0, 4, 300_000);
  await sparse.close();
  // The same without a single hole.
  execFileSync('cp', ['--sparse=never', file('sparse'), file('full')]);
  expect(await contentHash(file('full'))).toBe(await contentHash(file('sparse')));

  const moved = Buffer.alloc(1_000_000);
  moved.write('here', 400_000);
  await writeFile(file('moved'), moved);
  expect(await contentHash(file('moved'))).not.toBe(await contentHash(file('sparse')));
  moved.write('hers', 300_000);
  await writeFile(file('other'), moved);
  expect(await contentHash(file('other'))).not.toBe(await contentHash(file('moved')));
});

test('the checksum of the whole file is that of sha256sum', async () => {
  const sparse = await open(file('whole'), 'w');
  await sparse.write(Buffer.from('start'), 0, 5, 0);
  await sparse.write(Buffer.from('later'), 0, 5, 9_000_000);
  await sparse.truncate(20_000_001);
  await sparse.close();
  const expected = execFileSync('sha256sum', [file('whole')], { encoding: 'utf8' }).split(' ')[0];
  expect(await sparseSha256(file('whole'))).toBe(expected);
});

test('a hundred gigabytes of nothing take no time', async () => {
  await writeFile(file('large'), 'x');
  await truncate(file('large'), 100e9);
  const start = performance.now();
  await contentHash(file('large'));
  // Reading them would take half a minute on a fast machine.
  expect(performance.now() - start).toBeLessThan(5000);
});
