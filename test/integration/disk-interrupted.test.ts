import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, run, type Outcome } from '../support/command.ts';
import { firstReason, needsPrograms, needsRoot, project } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { published, remainsOf, startBuild } from '../support/small-build.ts';
import { diskTools, rootTarball, tarToDisk } from '../support/test-disks.ts';
import { describeUnless, testUnless } from '../support/test-unless.ts';

describeUnless(needsPrograms('zstd'), 'tar-to-disk, stopped in the middle, leaves nothing', () => {
  let scratch: string;
  let images: string;
  let work: string;
  /** A whole system, for what comes to light late. */
  let tarball: string;
  const disks: string[] = [];
  const file = (name: string): string => path.join(scratch, name);

  beforeAll(async () => {
    scratch = await makeScratch('bad-disk');
    [images, work] = [file('images'), file('work')];
    mkdirSync(images);
    mkdirSync(work);
    tarball = await rootTarball();
    await diskTools('root');
  }, 900_000);
  afterAll(async () => {
    for (const disk of disks) await run(['umount', disk]);
    await removeScratch(scratch);
  });

  const common = (): string[] => ['--plain', '--workdir', work, '--name', 'bad', '-O', images];
  const compose = (...args: readonly string[]): Promise<Outcome> =>
    tarToDisk([...common(), ...args], { cwd: scratch });
  const expectNothingLeft = async (): Promise<void> => {
    await eventually('everything is cleaned up', () => remainsOf(work).length === 0, 20);
    await eventually('the workspace is removed', () => readdirSync(work).length === 0, 20);
    expect(published(images)).toEqual([]);
    expect(readdirSync(images).filter((name) => name.startsWith('.partial'))).toEqual([]);
  };

  testUnless(firstReason(needsRoot), 'on a full disk', async () => {
    // Enough to begin, not for the root.
    const full = file('full');
    mkdirSync(full);
    await run(['mount', '-t', 'tmpfs', '-o', 'size=400m,mode=755', 'full', full]);
    disks.push(full);
    const { exitCode, stderr } = await tarToDisk(
      ['--plain', '--workdir', work, '--name', 'bad', '-O', full, '--uefi', tarball],
      { cwd: scratch },
    );
    expect(stderr).toMatch(/no space left|is full/i);
    expect(stderr).not.toContain('internal error');
    expect(exitCode).toBe(1);
    expect(readdirSync(full)).toEqual(['bad_disk.log']);
    await expectNothingLeft();
  });

  test.each([
    ['Ctrl-C', 'SIGINT', 'update-initramfs', true, { exitCode: 130 }, /interrupted \(SIGINT\)/],
    ['kill', 'SIGTERM', 'mke2fs', false, { exitCode: 143 }, /interrupted \(SIGTERM\)/],
    ['kill -9', 'SIGKILL', 'update-initramfs', false, { signal: 'SIGKILL' }, /configure/],
  ] as const)('after %s', async (_, signal, during, toGroup, expected, words) => {
    const argv = [path.join(project, 'tar-to-disk'), ...common(), '--uefi', tarball];
    const composing = startBuild(argv, path.join(images, 'bad_disk.log'));
    await eventually(`${during} runs`, () => composing.says(during), 300);
    process.kill(toGroup ? -composing.pid : composing.pid, signal);
    const { stderr, ...outcome } = await composing.ended;
    expect(outcome).toMatchObject(expected);
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain('internal error');
    await eventually('no process is left', () => remainsOf(images).length === 0, 20);
    // kill -9: what lies on the output disk goes with the next run.
    if (signal === 'SIGKILL') {
      await compose('--uefi', 'none.tar.zst');
    }
    await expectNothingLeft();
  });
});
