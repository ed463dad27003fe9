import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { withLock } from '../../build-scripts/host/lock.ts';
import { attempt } from '../support/command.ts';
import { bundle } from './support/bundle.ts';
import { temporaryDirectory } from './support/temporary.ts';

const program = bundle('hold-lock', temporaryDirectory());
const folder = temporaryDirectory();

/** Another process that holds the lock. */
async function hold(directory: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  expect(line).toBe('locked');
  return child;
}

const tryLock = (directory: string) =>
  attempt([process.execPath, program, directory], { input: '' });

test('of two processes one works, the other says who does, until the first has ended', async () => {
  const first = await hold(folder);
  expect(await tryLock(folder)).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: `web is being built already, by process ${first.pid ?? 0}
  hint: wait for it to end, or choose another folder with --output-dir`,
  });
  first.stdin?.end();
  await once(first, 'exit');
  expect(await tryLock(folder)).toMatchObject({ exitCode: 0, stdout: 'locked' });
});

test('a process that was killed with SIGKILL leaves no lock', async () => {
  const first = await hold(folder);
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(await tryLock(folder)).toMatchObject({ exitCode: 0 });
});

test('a holder that does not answer is still a holder', async () => {
  const first = await hold(folder);
  first.kill('SIGSTOP');
  try {
    expect((await tryLock(folder)).stderr).toMatch(/^web is being built already\n/);
  } finally {
    first.kill('SIGKILL');
  }
});

test('it is about the folder, whatever it is called; others are free', async () => {
  const other = path.join(folder, 'other');
  mkdirSync(other);
  symlinkSync(other, path.join(folder, 'link'));
  const unlock = await withLock(other, 'web');
  await expect(withLock(path.join(folder, 'link'), 'web')).rejects.toThrow(
    `web is being built already, by process ${process.pid}`,
  );
  (await withLock(folder, 'web'))();
  unlock();
  (await withLock(path.join(folder, 'link'), 'web'))();
});
