import { lstatSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { giveToCaller } from '../../build-scripts/host/file-owner.ts';
import { needsRoot } from '../support/needs.ts';
import { describeUnless } from '../support/test-unless.ts';
import { temporaryDirectory } from './support/temporary.ts';

const folder = temporaryDirectory();
let files = 0;

afterEach(() => {
  delete process.env.SUDO_UID;
  delete process.env.SUDO_GID;
});

/** A new file, and what of it was given away: `uid:gid`. */
async function ownerAfter(sudo: Readonly<Record<string, string>>): Promise<string> {
  files += 1;
  const file = path.join(folder, `file${files}`);
  writeFileSync(file, '');
  Object.assign(process.env, sudo);
  await giveToCaller(file);
  const { uid, gid } = lstatSync(file);
  return `${uid}:${gid}`;
}

const own = `${process.geteuid?.() ?? 0}:${process.getegid?.() ?? 0}`;

describe('a file stays with who made it', () => {
  test.each([
    ['without sudo', {}],
    ['with half of what sudo sets', { SUDO_UID: '12345' }],
    ['with nonsense', { SUDO_UID: 'ada', SUDO_GID: 'users' }],
  ])('%s', async (_, sudo) => {
    expect(await ownerAfter(sudo)).toBe(own);
  });
});

describeUnless(needsRoot, 'with sudo', () => {
  test('a file goes to the caller', async () => {
    expect(await ownerAfter({ SUDO_UID: '12345', SUDO_GID: '23456' })).toBe('12345:23456');
  });

  test('a symlink does, what it points to does not', async () => {
    const target = path.join(folder, 'target');
    const link = path.join(folder, 'link');
    writeFileSync(target, '');
    symlinkSync(target, link);
    Object.assign(process.env, { SUDO_UID: '12345', SUDO_GID: '23456' });
    await giveToCaller(link);
    expect([lstatSync(link).uid, lstatSync(target).uid]).toEqual([12345, 0]);
  });
});
