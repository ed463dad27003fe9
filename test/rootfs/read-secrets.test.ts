import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { ResolvedProfile } from '../../build-scripts/config/resolved-profile.ts';
import { readSecrets } from '../../build-scripts/rootfs/read-secrets.ts';
import { makeProject, resolveIn, temporaryFolder } from '../support/project.ts';

const VARIABLE = 'MKIMAGE_TEST_SECRET';
afterEach(() => {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
  delete process.env[VARIABLE];
});

/** A profile whose secret option has this value, and whose other option a plain one. */
function profileWith(secret: string): ResolvedProfile {
  return resolveIn(
    makeProject({
      'profiles/p.yml': `suite: bookworm
arch: amd64
collections: [a]
options:
  a.secret: ${secret}
  a.plain: seen
`,
      'collections/a/collection.yml': `summary: A
options:
  a.secret: {type: string, secret: true, description: secret}
  a.plain: {type: string, description: not a secret}
`,
    }),
  );
}

/** The profile, and a file with a secret of this mode. */
function secretFile(text: string, mode: number): string {
  const file = path.join(temporaryFolder(), 'secret');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

test('a secret that is written down', () => {
  expect(readSecrets(profileWith('hunter2'))).toEqual({
    values: new Map([
      ['a.plain', 'seen'],
      ['a.secret', 'hunter2'],
    ]),
    secrets: ['hunter2'],
    warnings: [],
  });
});

test.each([
  ['hunter2\n', 'hunter2'],
  ['hunter2\r\n', 'hunter2'],
  ['hunter2', 'hunter2'],
  [' hunter2 \n\n', ' hunter2 \n'],
])('a secret in a file: %j is %j', (text, expected) => {
  const { values, secrets, warnings } = readSecrets(
    profileWith(`{file: "${secretFile(text, 0o600)}"}`),
  );
  expect(values.get('a.secret')).toBe(expected);
  expect(secrets).toEqual([expected]);
  expect(warnings).toEqual([]);
});

test('a secret in the environment, taken as it is', () => {
  process.env[VARIABLE] = 'hunter2\n';
  const { values, secrets } = readSecrets(profileWith(`{env: ${VARIABLE}}`));
  expect(values.get('a.secret')).toBe('hunter2\n');
  expect(secrets).toEqual(['hunter2\n']);
});

test('an empty secret hides nothing, an unset one is unset', () => {
  expect(readSecrets(profileWith('""'))).toMatchObject({ secrets: [] });
  const unset = readSecrets(
    resolveIn(
      makeProject({
        'profiles/p.yml': 'suite: bookworm\narch: amd64\ncollections: [a]\n',
        'collections/a/collection.yml':
          'summary: A\noptions:\n  a.secret: {type: string, secret: true, description: secret}\n',
      }),
    ),
  );
  expect(unset).toEqual({ values: new Map([['a.secret', undefined]]), secrets: [], warnings: [] });
});

test.each([0o640, 0o604, 0o644])('a file that others can read is worth a warning', (mode) => {
  const file = secretFile('hunter2\n', mode);
  expect(readSecrets(profileWith(`{file: "${file}"}`)).warnings).toEqual([
    `${file} (secret of option "a.secret") can be read by others: chmod 600 ${file}`,
  ]);
});

test('a variable that is not set', () => {
  expect(() => readSecrets(profileWith(`{env: ${VARIABLE}}`))).toThrow(
    expect.objectContaining({
      message: `option "a.secret" takes its secret from the environment, but ${VARIABLE} is not set`,
      hint: `export ${VARIABLE}=…, and with sudo: sudo --preserve-env=${VARIABLE}`,
    }),
  );
});

test('a file that is not there, or is none', () => {
  const folder = temporaryFolder();
  const missing = path.join(folder, 'missing');
  expect(() => readSecrets(profileWith(`{file: "${missing}"}`))).toThrow(
    /^the secret of option "a\.secret" can not be read: ENOENT: .*\/missing'$/,
  );
  mkdirSync(path.join(folder, 'folder'));
  expect(() => readSecrets(profileWith(`{file: "${folder}/folder"}`))).toThrow(
    /^the secret of option "a\.secret" can not be read: EISDIR: /,
  );
});
