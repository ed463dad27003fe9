import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { openBuildLog } from '../../build-scripts/host/build-log.ts';
import { UserError } from '../../build-scripts/host/errors.ts';
import { temporaryDirectory } from './support/temporary.ts';

const folder = temporaryDirectory();

test('lines and commands reach the file at once, and what was there stays', () => {
  const file = path.join(folder, 'deeper', 'build.log');
  openBuildLog(file).write('an earlier build');
  const log = openBuildLog(file);
  log.write('hello');
  log.command(['echo', 'a b']);
  expect(readFileSync(file, 'utf8')).toMatch(
    /^an earlier build\nhello\n\[ +\d+\.\d{3}\] \+ echo 'a b'\n$/,
  );
  log.close();
});

test('secrets reach neither file nor listeners', () => {
  const file = path.join(folder, 'secret.log');
  const log = openBuildLog(file);
  const seen: string[] = [];
  const stop = log.onLine((line) => seen.push(line));
  log.redact(['hunter2', 'hunter22-longer', 'first line\nsecond line', 'abc', '']);
  log.write('hunter22-longer then hunter2, abc');
  log.write('the second line of it');
  log.command(['tool', '--password', 'hunter2']);
  stop();
  log.write('not heard');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('******** then ********, abc\nthe ******** of it\n');
  expect(text).toContain("+ tool --password '********'\n");
  expect(text).not.toMatch(/hunter|second/);
  expect(seen.join('\n')).not.toMatch(/hunter|second|not heard/);
});

test("a log that cannot be written is the user's problem", () => {
  mkdirSync(path.join(folder, 'taken'));
  expect(() => openBuildLog(path.join(folder, 'taken'))).toThrow(UserError);
});

test('writing after close only reaches listeners', () => {
  const log = openBuildLog(path.join(folder, 'closed.log'));
  log.close();
  log.close();
  const seen: string[] = [];
  log.onLine((line) => seen.push(line));
  log.write('late');
  expect(seen).toEqual(['late']);
});

test('NUL does not make it a binary file', () => {
  const file = path.join(folder, 'nul.log');
  openBuildLog(file).write('a\0b');
  expect(readFileSync(file, 'utf8')).toBe('a b\n');
});
