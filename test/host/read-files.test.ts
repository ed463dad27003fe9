import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { exists, listDirectory, readText, realPath } from '../../build-scripts/host/read-files.ts';
import { temporaryDirectory } from './support/temporary.ts';

const folder = temporaryDirectory();

test('a directory is listed sorted, with kinds and modes, without following links', () => {
  writeFileSync(path.join(folder, 'b-script'), '#!/bin/sh\n');
  chmodSync(path.join(folder, 'b-script'), 0o750);
  mkdirSync(path.join(folder, 'B-folder'));
  symlinkSync('nowhere', path.join(folder, 'a-link'));
  expect(listDirectory(folder).map(({ name, kind }) => [name, kind])).toEqual([
    ['B-folder', 'directory'],
    ['a-link', 'symlink'],
    ['b-script', 'file'],
  ]);
  expect(listDirectory(folder)[2]).toMatchObject({ mode: 0o750, size: 10 });
  expect(readText(path.join(folder, 'b-script'))).toBe('#!/bin/sh\n');
  expect(exists(path.join(folder, 'a-link'))).toBe(false);
  expect(exists(folder)).toBe(true);
  symlinkSync('b-script', path.join(folder, 'good-link'));
  expect(realPath(path.join(folder, 'good-link'))).toBe(
    path.join(realpathSync(folder), 'b-script'),
  );
});
