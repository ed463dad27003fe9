import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Hook } from '../../build-scripts/config/collection.ts';
import { CommandError, exitCodeOf, formatError } from '../../build-scripts/host/errors.ts';
import { HookError, RUN_COPY } from '../../build-scripts/rootfs/run-hook.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await makeScratch('run-hook');
});
afterAll(() => removeScratch(scratch));

const hook: Hook = {
  collection: 'network/networkd',
  phase: 'customize',
  file: '50-site.chroot',
  order: 50,
  path: '/project/collections/network/networkd/hooks/customize/50-site.chroot',
  inChroot: true,
};
const failure = { command: ['chroot', '/w/root', '/run/x'], lastLines: [] };

test('which one, how, its last words, and how to look around', () => {
  const cause = new CommandError({
    ...failure,
    exitCode: 3,
    lastLines: ['looking', 'E: no such user'],
    logFile: 'obj/web/build.log',
  });
  const error = new HookError(hook, cause, ['./mkimage', 'shell', 'profiles/web.yml']);
  expect(formatError(error)).toBe(
    `hook customize/50-site.chroot of collection "network/networkd" failed: exit code 3
  file: /project/collections/network/networkd/hooks/customize/50-site.chroot
  last lines:
    looking
    E: no such user
  full log: obj/web/build.log
  shell in the image as it was before this hook: ./mkimage shell profiles/web.yml --before network/networkd/hooks/customize/50-site.chroot`,
  );
  expect(exitCodeOf(error)).toBe(1);
  expect(error.hook).toBe(hook);
  expect(error.cause).toBe(cause);
});

test('killed, without output or log, and a profile that lies elsewhere', () => {
  const cause = new CommandError({ ...failure, signal: 'SIGKILL' });
  expect(
    new HookError(hook, cause, ['./mkimage', 'shell', '/my images/web.yml', '--set', 'a.b=c d'])
      .message,
  ).toBe(
    `hook customize/50-site.chroot of collection "network/networkd" failed: killed by SIGKILL
  file: /project/collections/network/networkd/hooks/customize/50-site.chroot
  shell in the image as it was before this hook: ./mkimage shell '/my images/web.yml' --set 'a.b=c d' --before network/networkd/hooks/customize/50-site.chroot`,
  );
});

test('at most fifteen lines are repeated', () => {
  const lastLines = Array.from({ length: 20 }, (_, index) => `line ${index}.`);
  const cause = new CommandError({ ...failure, exitCode: 1, lastLines });
  const { message } = new HookError(hook, cause, ['mkimage']);
  expect(message).toContain('  last lines:\n    line 5.\n');
  expect(message).toContain('    line 19.\n  shell in');
});

test.each(['000', '022', '077'])('only the copy is private, under umask %s', (umask) => {
  const copy = path.join(scratch, 'hook');
  const files = path.join(scratch, umask);
  const script = `#!/bin/sh
set -eu
umask
stat -c %a "$0"
mkdir ${files}
: >${files}/file
stat -c %a ${files} ${files}/file
`;
  const runCopy = ['-c', `umask ${umask}; ${RUN_COPY}`, 'sh', copy];
  const output = execFileSync('/bin/sh', runCopy, { input: script, encoding: 'utf8' });
  expect(output).toBe('0022\n700\n755\n644\n');
  expect(existsSync(copy)).toBe(false);
});
