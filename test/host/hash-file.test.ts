import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { hashFile } from '../../build-scripts/host/hash-file.ts';
import { temporaryDirectory } from './support/temporary.ts';

const folder = temporaryDirectory();

test.each([0, 1, 65_536, 3_000_001])('%d bytes: size and what sha256sum says', async (bytes) => {
  const file = path.join(folder, 'file');
  writeFileSync(file, randomBytes(bytes));
  const sha256 = execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64);
  expect(await hashFile(file)).toEqual({ path: file, bytes, sha256 });
});

test('a file that is not there', async () => {
  await expect(hashFile(path.join(folder, 'none'))).rejects.toThrow('ENOENT');
});
