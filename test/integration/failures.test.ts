import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, run } from '../support/command.ts';
import { mkimage } from '../support/mkimage.ts';
import { needsRoot } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import {
  launcher,
  published,
  remainsOf,
  startBuild,
  writeCollection,
  writeSmallProfile,
} from '../support/small-build.ts';
import { testUnless } from '../support/test-unless.ts';

describe('a build that fails', () => {
  let scratch: string;
  let collections: string;
  let images: string;
  let work: string;
  let env: Record<string, string>;
  /** What the first, successful build of `small` published. */
  let before: string[];
  const disks: string[] = [];

  beforeAll(async () => {
    scratch = await makeScratch('failures');
    [collections, images, work] = ['collections', 'images', 'work'].map((name) =>
      path.join(scratch, name),
    ) as [string, string, string];
    mkdirSync(work);
    // Not --collections: so the commands in error messages work as they are printed.
    env = { MKIMAGE_COLLECTIONS_PATH: collections, TMPDIR: work };
    await writeSmallProfile(scratch, 'small', ['collections: [maybe]', 'options: {}']);
    // The same profile fails, waits or works as the test wants it.
    await writeCollection(
      collections,
      'maybe',
      'setup/10-maybe',
      '#!/bin/sh\necho first line\necho "second line, to stderr" >&2\n[ ! -e "$TEST_FOLDER/fail" ] || exit 7\n'.replaceAll(
        '$TEST_FOLDER',
        scratch,
      ),
    );
    const first = await build('small');
    if (first.exitCode !== 0) throw new Error(first.stderr);
    before = published(path.join(images, 'small'));
  });
  afterAll(async () => {
    for (const disk of disks) await run(['umount', disk]);
    await removeScratch(scratch);
  });

  const build = (profile: string, ...args: readonly string[]) =>
    mkimage(['--plain', '--no-cache', '-O', images, ...args, profile], { cwd: scratch, env });

  const expectNothingLeft = async (): Promise<void> => {
    await eventually('everything is cleaned up', () => remainsOf(work).length === 0, 20);
    await eventually('the workspace is removed', () => readdirSync(work).length === 0, 20);
  };

  test('in a hook: which one, how, its last words, where to look, and a shell', async () => {
    await run(['touch', path.join(scratch, 'fail')]);
    const { exitCode, stderr } = await build('small');
    await run(['rm', path.join(scratch, 'fail')]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      [
        'hook setup/10-maybe of collection "maybe" failed: exit code 7',
        `  file: ${collections}/maybe/hooks/setup/10-maybe`,
        '  last lines:',
        '    first line',
        '    second line, to stderr',
        `  full log: ${images}/small/build.log`,
        '  shell in the image as it was before this hook: ./mkimage shell small.yml --before maybe/hooks/setup/10-maybe',
      ].join('\n'),
    );
    expect(published(path.join(images, 'small'))).toEqual(before);
    await expectNothingLeft();
  });

  test('the shell it offers is one in the image at that point', async () => {
    await writeSmallProfile(scratch, 'later', ['collections: [later]']);
    await writeCollection(collections, 'later', 'customize/10-later', '#!/bin/sh\nexit 1\n');
    const { exitCode, stderr } = await build('later');
    expect(exitCode).toBe(1);
    const [, command = ''] = /before this hook: \.\/mkimage (.*)$/m.exec(stderr) ?? [];
    expect(command).toBe('shell later.yml --before later/hooks/customize/10-later');
    const shell = await mkimage(
      [...command.split(' '), '--', 'sh', '-c', 'cat /etc/debian_version; exit 9'],
      { cwd: scratch, env },
    );
    expect(shell.stdout).toMatch(/^12\.\d+$/m);
    expect(shell.exitCode).toBe(9);
    await expectNothingLeft();
  });

  test('because the mirror does not answer', async () => {
    const { exitCode, stderr } = await build('small', '--set', 'mirror=http://127.0.0.1:9/debian');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'likely cause: no connection to 127.0.0.1:9; check the network, the mirror and the apt proxy in the profile',
    );
    expect(published(path.join(images, 'small'))).toEqual(before);
    await expectNothingLeft();
  });

  testUnless(needsRoot, 'because the disk to work on is full', async () => {
    const full = await smallDisk('full-work', '60m');
    const { exitCode, stderr } = await build('small', '--workdir', full);
    expect(stderr).toContain('likely cause: the disk (or the in-memory work area) is full');
    expect(exitCode).toBe(1);
    expect(readdirSync(full)).toEqual([]);
    expect(published(path.join(images, 'small'))).toEqual(before);
  });

  testUnless(needsRoot, 'because the disk for the image is full', async () => {
    const full = await smallDisk('full-images', '20m');
    const { exitCode, stderr } = await mkimage(['--plain', '--no-cache', '-O', full, 'small'], {
      cwd: scratch,
      env,
    });
    expect(stderr).toContain('there is no space left for ');
    expect(stderr).toContain('choose another folder with --output-dir');
    expect(exitCode).toBe(1);
    expect(published(path.join(full, 'small'))).toEqual([]);
    expect(
      readdirSync(path.join(full, 'small')).filter((name) => name.startsWith('.part')),
    ).toEqual([]);
    await expectNothingLeft();
  });

  testUnless(needsRoot, 'but not because the cache has no room: nothing is kept then', async () => {
    await buildWithCacheOf('40960k');
    // One page more: now another of tar's writes is the one that comes short.
    await buildWithCacheOf('40964k');
  });

  async function buildWithCacheOf(size: string): Promise<void> {
    const cache = await smallDisk(`cache-of-${size}`, size);
    const elsewhere = path.join(scratch, `images-${size}`);
    const { exitCode, stderr } = await mkimage(
      ['--plain', '-O', elsewhere, '--cache-dir', cache, 'small'],
      { cwd: scratch, env },
    );
    expect(stderr).not.toContain('failed');
    expect(exitCode).toBe(0);
    expect(published(path.join(elsewhere, 'small'))).not.toEqual([]);
    expect(readdirSync(path.join(cache, 'packages'))).toEqual([]);
    await expectNothingLeft();
  }

  async function smallDisk(name: string, size: string): Promise<string> {
    const folder = path.join(scratch, name);
    mkdirSync(folder);
    await run(['mount', '-t', 'tmpfs', '-o', `size=${size},mode=755`, name, folder]);
    disks.push(folder);
    return folder;
  }

  test.each([
    ['Ctrl-C', 'SIGINT', true, { exitCode: 130 }, /interrupted \(SIGINT\)/],
    ['kill', 'SIGTERM', false, { exitCode: 143 }, /interrupted \(SIGTERM\)/],
    ['kill -9', 'SIGKILL', false, { signal: 'SIGKILL' }, /bootstrap/],
  ] as const)('by %s while packages are unpacked', async (_, signal, toGroup, expected, words) => {
    const log = path.join(images, 'small', 'build.log');
    const argv = [launcher, '--plain', '--no-cache', '-O', images, path.join(scratch, 'small.yml')];
    const building = startBuild(argv, log, env);
    await eventually('packages are unpacked', () => building.says('I: extracting archives'));
    expect(remainsOf(work)).not.toEqual([]);
    process.kill(toGroup ? -building.pid : building.pid, signal);
    const { stderr, ...outcome } = await building.ended;
    expect(outcome).toMatchObject(expected);
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain('internal error');
    expect(published(path.join(images, 'small'))).toEqual(before);
    await expectNothingLeft();
  });

  test('is no obstacle for the next one', async () => {
    const { exitCode, stderr } = await build('small');
    expect(stderr).not.toContain('failed');
    expect(exitCode).toBe(0);
    const names = readdirSync(path.join(images, 'small'));
    expect(names.filter((name) => name.startsWith('.partial'))).toEqual([]);
    await run(['sha256sum', '--check', '--quiet', 'SHA256SUMS'], {
      cwd: path.join(images, 'small'),
    });
    // The image of the first build is still there, and another one.
    const tarballs = names.filter((name) => /_rootfs_.*\.tar\.zst$/.test(name));
    expect(tarballs).toHaveLength(2);
    before = published(path.join(images, 'small'));
  });

  test('because the same profile is being built', async () => {
    const log = path.join(images, 'small', 'build.log');
    const argv = [launcher, '--plain', '--no-cache', '-O', images, path.join(scratch, 'small.yml')];
    const first = startBuild(argv, log, env);
    await eventually('the first build is under way', () => first.says('bootstrap Debian'));
    const second = await build('small');
    expect(second.stderr).toContain(
      `small is being built already, by process ${String(first.pid)}\n  hint: wait for it to end`,
    );
    expect(second.exitCode).toBe(1);
    process.kill(first.pid, 'SIGTERM');
    expect(await first.ended).toMatchObject({ exitCode: 143 });
    await expectNothingLeft();
  });

  test('does not keep the others on the command line from being built', async () => {
    await writeSmallProfile(scratch, 'good');
    await writeSmallProfile(scratch, 'bad', ['packages: [no-such-package-at-all]']);
    const { exitCode, stderr } = await mkimage(['--plain', '-O', images, 'bad', 'good'], {
      cwd: scratch,
      env,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'likely cause: the package no-such-package-at-all does not exist in this suite',
    );
    expect(published(path.join(images, 'bad'))).toEqual([]);
    const good = published(path.join(images, 'good'));
    expect(good.find((line) => line.startsWith('good_rootfs.tar.zst -> '))).toBeDefined();
    expect(readFileSync(path.join(images, 'bad', 'build.log'), 'utf8')).toContain('mmdebstrap');
    await expectNothingLeft();
  });
});
