import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { clean, type CleanArguments } from '../../build-scripts/cli/clean.ts';
import { withLock } from '../../build-scripts/host/lock.ts';
import { publish } from '../../build-scripts/publish/publish.ts';
import { temporaryFolder } from '../support/project.ts';

const MINUTE = 60;
const FIRST = 1_000_000_000;

/** Published builds of a profile, a minute apart: a root file system each, and what else is named. */
async function buildAll(
  folder: string,
  profile: string,
  others: readonly string[][],
): Promise<void> {
  const partial = path.join(folder, '.partial-0');
  mkdirSync(partial, { recursive: true });
  for (const [index, names] of others.entries()) {
    const artifacts = ['rootfs', ...names].map((name) => {
      const file = path.join(partial, name);
      writeFileSync(file, 'x');
      const sha256 = createHash('sha256').update('x').digest('hex');
      return { name, extension: '.bin', path: file, bytes: 1, sha256 };
    });
    await publish(profile, folder, artifacts, FIRST + index * MINUTE);
  }
  rmdirSync(partial);
  writeFileSync(path.join(folder, 'build.log'), 'built\n');
}

/** What it prints. */
async function run(outputDir: string, args: Partial<CleanArguments> = {}): Promise<string> {
  const texts: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    texts.push(String(text));
    return true;
  });
  try {
    expect(await clean({ keep: 1, outputDir, ...args })).toBe(0);
  } finally {
    write.mockRestore();
  }
  return texts.join('');
}

const verify = (folder: string): string =>
  execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
    cwd: folder,
    encoding: 'utf8',
  });

test('the newest builds stay, and so does what verifies them', async () => {
  const root = temporaryFolder();
  const folder = path.join(root, 'web');
  await buildAll(folder, 'web', [[], [], []]);
  expect(await run(root, { keep: 2 })).toBe('removed 1 file, 1 B\n');
  expect(readdirSync(folder).sort()).toEqual([
    'SHA256SUMS',
    'build.log',
    'web_rootfs.bin',
    'web_rootfs_2001-09-09_1000000060.bin',
    'web_rootfs_2001-09-09_1000000120.bin',
  ]);
  expect(verify(folder).split('\n')).toHaveLength(3);
  expect(await run(root, { keep: 2 })).toBe('removed 0 files, 0 B\n');
});

test('a link to what is gone goes', async () => {
  const root = temporaryFolder();
  await buildAll(path.join(root, 'web'), 'web', [['metadata'], []]);
  await run(root);
  expect(readdirSync(path.join(root, 'web')).sort()).toEqual([
    'SHA256SUMS',
    'build.log',
    'web_rootfs.bin',
    'web_rootfs_2001-09-09_1000000060.bin',
  ]);
});

test('keep none: nothing of the profile is left', async () => {
  const root = temporaryFolder();
  await buildAll(path.join(root, 'web'), 'web', [['metadata'], []]);
  await buildAll(path.join(root, 'db'), 'db', [[]]);
  await run(root, { keep: 0, profile: ['profiles/web.yml'] });
  expect(readdirSync(root)).toEqual(['db']);
  expect(readdirSync(path.join(root, 'db'))).toHaveLength(4);
});

test('files of others stay, whatever is removed', async () => {
  const root = temporaryFolder();
  const folder = path.join(root, 'web');
  await buildAll(folder, 'web', [[]]);
  const sum = `${createHash('sha256').update('').digest('hex')}  notes.txt\n`;
  for (const name of ['notes.txt', 'web_notes.txt', 'web-2_rootfs_2001-09-09_1.bin'])
    writeFileSync(path.join(folder, name), '');
  writeFileSync(path.join(folder, 'SHA256SUMS'), sum, { flag: 'a' });
  writeFileSync(path.join(root, 'README'), '');
  mkdirSync(path.join(root, 'iso'));
  writeFileSync(path.join(root, 'iso', 'SHA256SUMS'), sum);
  writeFileSync(path.join(root, 'iso', 'notes.txt'), '');
  mkdirSync(path.join(root, 'empty'));
  await run(root, { keep: 0 });
  expect(readdirSync(root).sort()).toEqual(['README', 'empty', 'iso', 'web']);
  expect(readdirSync(path.join(root, 'iso')).sort()).toEqual(['SHA256SUMS', 'notes.txt']);
  expect(readdirSync(folder).sort()).toEqual([
    'SHA256SUMS',
    'notes.txt',
    'web-2_rootfs_2001-09-09_1.bin',
    'web_notes.txt',
  ]);
  expect(verify(folder)).toBe('notes.txt: OK\n');
});

test('what a killed build left goes, and the log of one that failed', async () => {
  const root = temporaryFolder();
  mkdirSync(path.join(root, 'web', '.partial-abc'), { recursive: true });
  writeFileSync(path.join(root, 'web', '.partial-abc', 'rootfs'), '');
  writeFileSync(path.join(root, 'web', 'build.log'), '');
  await run(root);
  expect(readdirSync(root)).toEqual([]);
});

test('images that were removed by hand leave nothing', async () => {
  const root = temporaryFolder();
  await buildAll(path.join(root, 'web'), 'web', [[]]);
  rmSync(path.join(root, 'web', 'web_rootfs_2001-09-09_1000000000.bin'));
  await run(root);
  expect(readdirSync(root)).toEqual([]);
});

test('nothing is removed below a running build', async () => {
  const root = temporaryFolder();
  const folder = path.join(root, 'web');
  await buildAll(folder, 'web', [[], []]);
  const before = readdirSync(folder);
  const unlock = await withLock(folder, 'web');
  await expect(run(root)).rejects.toThrow('web is being built already');
  unlock();
  expect(readdirSync(folder)).toEqual(before);
});

test.each([-1, 1.5, Number.NaN])('--keep %d is refused', async (keep) => {
  await expect(clean({ keep, outputDir: temporaryFolder() })).rejects.toThrow(
    '--keep takes a whole number, 0 or more',
  );
});

test('a profile that was never built, and a folder that is not there', async () => {
  const root = temporaryFolder();
  await expect(run(root, { profile: ['web'] })).rejects.toThrow(
    expect.objectContaining({
      message: `there is nothing of "web" in ${root}`,
      hint: 'profiles are named without folder and ending',
    }),
  );
  const missing = path.join(root, 'missing');
  expect(await run(missing)).toBe('removed 0 files, 0 B\n');
  expect(existsSync(missing)).toBe(false);
});
