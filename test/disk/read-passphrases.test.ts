import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { LuksPlan } from '../../build-scripts/disk/disk-plan.ts';
import {
  checkVolumeKeys,
  readPassphrases,
  requireTypeable,
} from '../../build-scripts/disk/read-passphrases.ts';
import { formatError } from '../../build-scripts/host/errors.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { luks } from './layers/sample-plans.ts';

const VARIABLE = 'MKIMAGE_TEST_PASSPHRASE';
const at = { file: 'disk.yml', line: 7, column: 3, length: 4, text: 'type: luks' };
const HINT = 'it has to be one line of at most 512 bytes that can be typed at boot';

let scratch: string;
beforeAll(async () => {
  scratch = await makeScratch('read-passphrases');
});
afterAll(() => removeScratch(scratch));
afterEach(() => {
  Reflect.deleteProperty(process.env, VARIABLE);
});

async function fileWith(content: string | Uint8Array): Promise<string> {
  const file = path.join(scratch, 'passphrase');
  await writeFile(file, content);
  await chmod(file, 0o600);
  return file;
}

async function passphraseOf(passphrase: LuksPlan['passphrase']): Promise<string | undefined> {
  const node = luks(2, { passphrase, at });
  const read = await readPassphrases([node], () => undefined);
  return read.get(node.path)?.toString();
}

describe('a passphrase', () => {
  test.each([
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    [' Grüße  ', ' Grüße  '],
    ['x'.repeat(512), 'x'.repeat(512)],
  ])('%j is typed as %j', async (content, typed) => {
    expect(await passphraseOf({ file: await fileWith(content) })).toBe(typed);
    process.env[VARIABLE] = content;
    expect(await passphraseOf({ env: VARIABLE })).toBe(typed);
  });

  test.each([
    ['secret\n\n', 'has a line break in it'],
    ['one\ntwo', 'has a line break in it'],
    ['secret\r', 'has a line break in it'],
    ['\ufeffsecret', 'has a byte order mark in it, as Windows writes'],
    ['a\tb', 'has a control character in it'],
    ['a\u007f', 'has a control character in it'],
    ['\n', 'is empty'],
    ['x'.repeat(513), 'is longer than 512 bytes'],
  ])('%j is refused', async (content, wrong) => {
    const expected = {
      name: 'UserError',
      message: `disk.yml:7 (partitions[2].content): the passphrase of LUKS "crypt" ${wrong}`,
      hint: HINT,
    };
    const file = await fileWith(content);
    await expect(passphraseOf({ file })).rejects.toMatchObject(expected);
    process.env[VARIABLE] = content;
    await expect(passphraseOf({ env: VARIABLE })).rejects.toMatchObject(expected);
  });

  test('with a NUL in its file is refused', async () => {
    const file = await fileWith('a\0b');
    await expect(passphraseOf({ file })).rejects.toThrow('has a control character in it');
  });

  test('whose file is missing is a mistake of the user', async () => {
    const file = path.join(scratch, 'missing');
    await expect(passphraseOf({ file })).rejects.toMatchObject({
      name: 'UserError',
      message: `disk.yml:7 (partitions[2].content): the passphrase of LUKS "crypt" can not be read: there is no file ${file}`,
    });
  });

  test('that was typed is judged alike, and not shown', () => {
    const node = luks(2, { at });
    const good = Buffer.from('good');
    expect(requireTypeable(good, node)).toBe(good);
    const refused = (): unknown => requireTypeable(Buffer.from('hush\u0001'), node);
    expect(refused).toThrow('has a control character in it');
    expect(refused).not.toThrow('hush');
  });
});

describe('volume keys', () => {
  test('are looked at before anything is written', async () => {
    const volumeKeyFile = path.join(scratch, 'no.key');
    const nodes = [luks(2), luks(2, { volumeKeyFile, at })];
    const error: unknown = await checkVolumeKeys(nodes).catch((reason: unknown) => reason);
    expect(formatError(error)).toMatch(
      `disk.yml:7 (partitions[2].content): the volume key ${volumeKeyFile} cannot be read: ENOENT`,
    );
  });

  test.each([
    [63, /^disk\.yml:7 \(partitions\[2\]\.content\): the volume key .* holds 63 bytes/],
    [
      64,
      /^disk\.yml:7 \(partitions\[2\]\.content\): .* is no volume key: both halves are the same/,
    ],
  ])('of %d equal bytes are refused with the place of their node', async (length, message) => {
    const volumeKeyFile = await fileWith(Buffer.alloc(length, 'k'));
    await expect(checkVolumeKeys([luks(2, { volumeKeyFile, at })])).rejects.toThrow(message);
  });

  test('that are right pass', async () => {
    const volumeKeyFile = await fileWith(Buffer.from(Array.from({ length: 64 }, (_, i) => i)));
    await expect(checkVolumeKeys([luks(2, { volumeKeyFile })])).resolves.toBeUndefined();
  });
});
