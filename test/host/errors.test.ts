import { expect, test } from '@jest/globals';
import {
  CommandError,
  exitCodeOf,
  formatError,
  InterruptedError,
  UserError,
} from '../../build-scripts/host/errors.ts';

test('a failed command tells the whole story', () => {
  const error = new CommandError({
    command: ['apt-get', 'install', '-o', 'A=b c', 'nanoo'],
    exitCode: 100,
    lastLines: ['Reading package lists...', 'E: Unable to locate package nanoo'],
    logFile: 'obj/x/build.log',
  });
  expect(formatError(error)).toBe(
    `apt-get failed: exit code 100
  command: apt-get install -o 'A=b c' nanoo
  last lines:
    Reading package lists...
    E: Unable to locate package nanoo
  full log: obj/x/build.log
  likely cause: the package nanoo does not exist in this suite and its components; check the name, \`components\` and \`repositories\``,
  );
  expect(exitCodeOf(error)).toBe(1);
  expect(error.commandExitCode).toBe(100);
});

test('a killed command without output or log', () => {
  const error = new CommandError({ command: ['sleep', '9'], signal: 'SIGKILL', lastLines: [] });
  expect(formatError(error)).toBe('sleep failed: killed by SIGKILL\n  command: sleep 9');
});

test('at most fifteen lines are repeated', () => {
  const lastLines = Array.from({ length: 40 }, (_, index) => `line ${index}.`);
  const { message } = new CommandError({ command: ['x'], exitCode: 1, lastLines });
  expect(message).toContain('    line 25.\n');
  expect(message).not.toContain('line 24.');
});

test('a user error shows its hint, line by line', () => {
  const error = new UserError('no room', { hint: 'make some\nor move' });
  expect(formatError(error)).toBe('no room\n  hint: make some\n        or move');
  expect(exitCodeOf(error)).toBe(1);
});

test.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s exits with %d', (signal, exitCode) => {
  expect(exitCodeOf(new InterruptedError(signal))).toBe(exitCode);
});

test('any error that knows its exit code is made for the user', () => {
  const error = Object.assign(new Error('2 mistakes'), { exitCode: 2 });
  expect(formatError(error)).toBe('2 mistakes');
  expect(exitCodeOf(error)).toBe(2);
});

test('anything else is our bug, with its stack', () => {
  const error = new TypeError('x is undefined');
  expect(formatError(error)).toMatch(
    /^internal error: this is a bug.*\nTypeError: x is undefined\n {4}at /,
  );
  expect(exitCodeOf(error)).toBe(70);
  expect(exitCodeOf('a string')).toBe(70);
});

test('a full disk is not our bug', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    path: '/obj/image',
  });
  expect(formatError(error)).toBe(
    'the operating system reports ENOSPC: no space left on device, write: /obj/image',
  );
  expect(exitCodeOf(error)).toBe(1);
});

test.each(['EACCES', 'EPERM'])('nor are files of others (%s); the file is named once', (code) => {
  const error = Object.assign(new Error(`${code}: not for you, unlink '/obj/image'`), {
    code,
    path: '/obj/image',
  });
  expect(formatError(error)).toBe(
    `the operating system reports ${code}: not for you, unlink '/obj/image'
  hint: run it as the owner of the file, or as root`,
  );
  expect(exitCodeOf(error)).toBe(1);
});

test('several errors are all told', () => {
  const error = new AggregateError([new InterruptedError('SIGINT'), new UserError('and this')]);
  expect(formatError(error)).toBe('interrupted (SIGINT); everything was cleaned up\n\nand this');
  expect(exitCodeOf(error)).toBe(130);
});
