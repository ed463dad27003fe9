import path from 'node:path';
import { writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { diskSecrets } from '../build-scripts/disk-secrets.ts';
import { inputOf } from './disk/plan/support/layout.ts';
import { makeScratch, removeScratch } from './support/scratch.ts';

let folder: string;
beforeAll(async () => {
  folder = await makeScratch('disk-secrets');
  await writeFile(path.join(folder, 'luks.passphrase'), 'secret\n', { mode: 0o600 });
});
afterAll(() => removeScratch(folder));

const LAYOUT = `size: 2G
firmware: [bios]
table: gpt
partitions:
  - {name: boot, size: 200M, content: {type: ext4, mount: /boot}}
  - name: root
    size: rest
    content:
      type: luks
      name: crypt
      passphrase: {file: luks.passphrase}
      pbkdf: {type: pbkdf2}
      volume-key: {file: volume.key}
      content: {type: ext4, mount: /}
`;

function secretsOf(text: string): ReturnType<typeof diskSecrets> {
  const { disk: layout, document } = inputOf(text, 'disk.yml');
  if (document === undefined) throw new Error('a layout without a document');
  const origin = { kind: 'profile', name: 'test' } as never;
  return diskSecrets({ layout, document, folder, text, origin });
}

test('a volume key that is missing is a mistake of the user', async () => {
  await expect(secretsOf(LAYOUT.replace('volume.key', 'missing.key'))).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringMatching(
      /^disk\.yml:\d+ \(partitions\[1\]\.content\): the volume key .*missing\.key cannot be read/,
    ),
  });
});

test('passphrases and volume keys are there by their nodes', async () => {
  const key = randomBytes(64);
  await writeFile(path.join(folder, 'volume.key'), key, { mode: 0o600 });
  expect(await secretsOf(LAYOUT)).toEqual([
    ['passphrase', 'partitions[1].content', Buffer.from('secret').toString('base64')],
    ['key', 'partitions[1].content', key.toString('base64')],
  ]);
});

test('there are none when somebody has to be asked', async () => {
  const asking = LAYOUT.replace('{file: luks.passphrase}', '{prompt: Passphrase}');
  expect(await secretsOf(asking)).toBeUndefined();
});
