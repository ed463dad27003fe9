import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  describeDifferences,
  differences,
  keyOf,
  secretDigest,
  treeInputs,
} from '../../build-scripts/cache/inputs.ts';

let folder: string;
const file = (name: string): string => path.join(folder, name);
const inputs = () => treeInputs(folder, 'web', (name) => name.startsWith('tests'));
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'mkimage-inputs-'));
  mkdirSync(file('files'));
  mkdirSync(file('tests'));
  writeFileSync(file('files/motd'), 'hello\n');
  writeFileSync(file('hook'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(file('target'), 'there\n');
  symlinkSync('motd', file('files/link'));
  symlinkSync('target', file('to-file'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What changes when `change` happens. */
function changes(change: () => void): string {
  const before = inputs();
  const key = keyOf(before);
  change();
  const after = inputs();
  const found = describeDifferences(differences(before, after));
  expect(keyOf(after) === key).toBe(found === '');
  return found;
}

describe('a change is seen', () => {
  test.each<[string, () => void, string]>([
    [
      'content, with the same size and time',
      () => {
        const time = new Date(1_700_000_000_000);
        utimesSync(file('files/motd'), time, time);
        writeFileSync(file('files/motd'), 'hallo\n');
        utimesSync(file('files/motd'), time, time);
      },
      'web/files/link changed, web/files/motd changed',
    ],
    [
      'permissions',
      () => {
        chmodSync(file('hook'), 0o700);
      },
      'web/hook changed',
    ],
    [
      'the target of a symlink',
      () => {
        unlinkSync(file('files/link'));
        symlinkSync('other', file('files/link'));
      },
      'web/files/link changed',
    ],
    [
      'the file that a symlink leads to',
      () => {
        writeFileSync(file('target'), 'elsewhere\n');
      },
      'web/target changed, web/to-file changed',
    ],
    [
      'a file that is gone',
      () => {
        unlinkSync(file('files/motd'));
      },
      'web/files/link changed, web/files/motd removed',
    ],
    [
      'a new, empty folder',
      () => {
        mkdirSync(file('files/new'));
      },
      'web/files/new added',
    ],
    [
      'a file in place of a folder',
      () => {
        rmSync(file('files'), { recursive: true });
        writeFileSync(file('files'), '');
      },
      'web/files changed, web/files/link removed, web/files/motd removed',
    ],
  ])('%s', (_, change, expected) => {
    expect(changes(change).split(', ').sort().join(', ')).toBe(expected);
  });
});

describe('no change', () => {
  test.each<[string, () => void]>([
    [
      'times',
      () => {
        utimesSync(file('files/motd'), 1, 1);
      },
    ],
    [
      'the same content again',
      () => {
        unlinkSync(file('files/motd'));
        writeFileSync(file('files/motd'), 'hello\n');
      },
    ],
    [
      'what is left out',
      () => {
        writeFileSync(file('tests/10-answers'), '');
      },
    ],
  ])('%s', (_, change) => {
    expect(changes(change)).toBe('');
  });
});

test('the order of inputs does not count, names and digests do', () => {
  const key = keyOf(new Map(Object.entries({ a: '1', b: '2' })));
  expect(keyOf(new Map(Object.entries({ b: '2', a: '1' })))).toBe(key);
  expect(keyOf(new Map(Object.entries({ a: '2', b: '1' })))).not.toBe(key);
  expect(keyOf(new Map(Object.entries({ a: '1', c: '2' })))).not.toBe(key);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
});

test('of many differences the first ones are named', () => {
  const after = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [name, '']));
  expect(describeDifferences(differences(new Map(), after))).toBe(
    'a added, b added, c added, 2 more',
  );
});

test('a guess at a secret needs the key of the cache', () => {
  const one = Buffer.alloc(32, 1);
  expect(secretDigest(one, 'secret')).toBe(secretDigest(one, 'secret'));
  expect(secretDigest(one, 'secret')).not.toBe(secretDigest(Buffer.alloc(32, 2), 'secret'));
});
