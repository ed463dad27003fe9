import { randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVolumeKey } from '../../../build-scripts/disk/layers/volume-key.ts';
import { makeScratch, removeScratch } from '../../support/scratch.ts';
import { luks } from './sample-plans.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await makeScratch('volume-key');
});
afterAll(() => removeScratch(scratch));

async function keyFile(name: string, bytes: Uint8Array, mode = 0o600): Promise<string> {
  const file = path.join(scratch, name);
  await writeFile(file, bytes);
  await chmod(file, mode);
  return file;
}
const copyOf = (key: Buffer) => Promise.resolve(Buffer.from(key));

describe('a volume key', () => {
  test.each([256, 512] as const)('is random without a file: %d bits', async (keySize) => {
    const plan = luks(2, { keySize });
    const [first, second] = [await withVolumeKey(plan, copyOf), await withVolumeKey(plan, copyOf)];
    expect([first.length, second.length]).toEqual([keySize / 8, keySize / 8]);
    expect(first.equals(second)).toBe(false);
  });

  test('is what the file holds', async () => {
    const bytes = randomBytes(64);
    const volumeKeyFile = await keyFile('good', bytes);
    const key = await withVolumeKey(luks(2, { volumeKeyFile }), copyOf);
    expect(key.equals(bytes)).toBe(true);
  });

  test.each([
    ['after use', () => Promise.resolve()],
    ['after a failure', () => Promise.reject(new Error('failure'))],
  ])('is overwritten %s', async (_, use: () => Promise<void>) => {
    let lent: Buffer | undefined;
    const lending = withVolumeKey(luks(2), (key) => {
      lent = key;
      return use();
    });
    await lending.catch(() => undefined);
    expect(lent).toEqual(Buffer.alloc(64));
  });

  test.each([
    [0o600, []],
    [0o400, []],
    [0o640, ['can be read by others: chmod 600']],
    [0o604, ['can be read by others: chmod 600']],
  ])('is warned about when others can read it: mode %o', async (mode, expected) => {
    const volumeKeyFile = await keyFile(`mode-${mode}`, randomBytes(64), mode);
    const warnings: string[] = [];
    await withVolumeKey(luks(2, { volumeKeyFile }), copyOf, {
      warn: (text) => warnings.push(text),
    });
    expect(warnings).toEqual(expected.map((text) => expect.stringContaining(text)));
  });

  test.each([
    ['too short', randomBytes(32), 'holds 32 bytes, but a key of 512 bits has 64'],
    ['too long', randomBytes(65), 'holds more than 64 bytes, but a key of 512 bits has 64'],
    ['empty', Buffer.alloc(0), 'holds 0 bytes, but a key of 512 bits has 64'],
    ['all the same', Buffer.alloc(64, 'x'), 'is no volume key: both halves are the same'],
  ])('is refused when it is %s', async (name, bytes, message) => {
    const volumeKeyFile = await keyFile(name, bytes);
    await expect(withVolumeKey(luks(2, { volumeKeyFile }), copyOf)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      hint: 'make one with: (umask 077; head -c 64 /dev/urandom > FILE)',
      exitCode: 1,
    });
  });

  test.each([
    ['is missing', 'missing', 'ENOENT'],
    ['is a directory', '.', 'EISDIR'],
  ])('that %s is a mistake of the user', async (_, name, message) => {
    const plan = luks(2, { volumeKeyFile: path.join(scratch, name) });
    await expect(withVolumeKey(plan, copyOf)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(`cannot be read: ${message}`),
    });
  });
});
