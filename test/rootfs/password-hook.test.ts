import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeScratch, removeScratch } from '../support/scratch.ts';

const hook = path.resolve('collections/base/hooks/customize/21-passwords.chroot');

let scratch: string;
beforeAll(async () => {
  scratch = await makeScratch('password-hook');
  // In place of the one that writes to /etc/shadow: shows what it is given.
  const chpasswd = path.join(scratch, 'chpasswd');
  writeFileSync(chpasswd, '#!/bin/sh\ncat\n');
  chmodSync(chpasswd, 0o755);
});
afterAll(() => removeScratch(scratch));

/** The last password field that each of the users gets. */
function fields(users: readonly { name: string; password?: string }[]): Record<string, string> {
  const env: Record<string, string> = {
    PATH: `${scratch}:${process.env.PATH ?? ''}`,
    MKIMAGE_SEED: '0'.repeat(64),
    OPT_BASE_ROOT_PASSWORD: '$y$of-root',
    OPT_BASE_USERS_COUNT: String(users.length),
  };
  users.forEach(({ name, password = '' }, index) => {
    env[`OPT_BASE_USERS_${index}_NAME`] = name;
    env[`OPT_BASE_USERS_${index}_PASSWORD`] = password;
  });
  const output = execFileSync('/bin/sh', [hook], { env, encoding: 'utf8' });
  const lines = output.trimEnd().split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.replace(/:.*/, ''), line.replace(/^.*?:/, '')]),
  );
}

test('without a password in base.users, root keeps base.root-password; others get none', () => {
  expect(fields([{ name: 'root' }, { name: 'alice' }])).toEqual({ root: '$y$of-root', alice: '*' });
});

test('a password in base.users wins', () => {
  const users = [
    { name: 'root', password: '$y$other' },
    { name: 'alice', password: '$y$of-alice' },
  ];
  expect(fields(users)).toEqual({ root: '$y$other', alice: '$y$of-alice' });
});
