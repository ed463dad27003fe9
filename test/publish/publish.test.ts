import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { Artifact } from '../../build-scripts/outputs/output.ts';
import { CHECKSUMS, publish, type Published } from '../../build-scripts/publish/publish.ts';
import { temporaryFolder } from '../support/project.ts';

/** Publishes a root file system and a manifest with this text. */
async function build(folder: string, text: string, epoch: number): Promise<Published[]> {
  const partial = path.join(folder, '.partial-x');
  mkdirSync(partial);
  const artifact = (name: string, extension: string): Artifact => {
    const file = path.join(partial, `${name}${extension}`);
    const content = `${name} ${text}\n`;
    writeFileSync(file, content, { mode: 0o600 });
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { name, extension, path: file, bytes: content.length, sha256 };
  };
  const artifacts = [artifact('rootfs', '.tar.zst'), artifact('manifest', '.json')];
  const published = await publish('web', folder, artifacts, epoch);
  expect(readdirSync(partial)).toEqual([]);
  rmSync(partial, { recursive: true });
  return published;
}

/** What `sha256sum -c` says in that folder; throws when it finds a mistake. */
const verify = (folder: string): string[] =>
  execFileSync('sha256sum', ['--check', '--strict', CHECKSUMS], { cwd: folder, encoding: 'utf8' })
    .trim()
    .split('\n');

test('files with their stamp, links to them, checksums', async () => {
  const folder = temporaryFolder();
  const published = await build(folder, 'one', 1_000_000_000);
  expect(readdirSync(folder).sort()).toEqual([
    'SHA256SUMS',
    'web_manifest.json',
    'web_manifest_2001-09-09_1000000000.json',
    'web_rootfs.tar.zst',
    'web_rootfs_2001-09-09_1000000000.tar.zst',
  ]);
  expect(published.map(({ artifact, path: file, link }) => [artifact.name, file, link])).toEqual([
    [
      'rootfs',
      path.join(folder, 'web_rootfs_2001-09-09_1000000000.tar.zst'),
      path.join(folder, 'web_rootfs.tar.zst'),
    ],
    [
      'manifest',
      path.join(folder, 'web_manifest_2001-09-09_1000000000.json'),
      path.join(folder, 'web_manifest.json'),
    ],
  ]);
  for (const { path: file, link } of published) {
    // Relative: the folder can be moved, or served by a web server.
    expect(readlinkSync(link)).toBe(path.basename(file));
    expect(statSync(file).mode & 0o777).toBe(0o644);
  }
  expect(verify(folder)).toEqual([
    'web_manifest_2001-09-09_1000000000.json: OK',
    'web_rootfs_2001-09-09_1000000000.tar.zst: OK',
  ]);
});

test('an older build stays, with its checksums, and the links lead to the newer one', async () => {
  const folder = temporaryFolder();
  await build(folder, 'one', 1_000_000_000);
  await build(folder, 'two', 1_000_000_060);
  expect(readFileSync(path.join(folder, 'web_rootfs.tar.zst'), 'utf8')).toBe('rootfs two\n');
  expect(readFileSync(path.join(folder, 'web_rootfs_2001-09-09_1000000000.tar.zst'), 'utf8')).toBe(
    'rootfs one\n',
  );
  expect(verify(folder)).toHaveLength(4);
});

test('the same time again replaces the files', async () => {
  const folder = temporaryFolder();
  await build(folder, 'one', 1_000_000_000);
  await build(folder, 'two', 1_000_000_000);
  expect(verify(folder)).toHaveLength(2);
  expect(readFileSync(path.join(folder, 'web_rootfs.tar.zst'), 'utf8')).toBe('rootfs two\n');
});

test('checksums of files that somebody removed go, those of others stay', async () => {
  const folder = temporaryFolder();
  await build(folder, 'one', 1_000_000_000);
  rmSync(path.join(folder, 'web_rootfs_2001-09-09_1000000000.tar.zst'));
  writeFileSync(path.join(folder, 'notes'), '');
  const emptySum = createHash('sha256').digest('hex');
  writeFileSync(path.join(folder, CHECKSUMS), `${emptySum}  notes\n`, { flag: 'a' });
  await build(folder, 'two', 1_000_000_060);
  expect(verify(folder)).toEqual([
    'notes: OK',
    'web_manifest_2001-09-09_1000000000.json: OK',
    'web_manifest_2001-09-09_1000000060.json: OK',
    'web_rootfs_2001-09-09_1000000060.tar.zst: OK',
  ]);
});

test('what a killed build left half-way is in nobody’s way', async () => {
  const folder = temporaryFolder();
  symlinkSync('gone', path.join(folder, 'web_rootfs.tar.zst.new'));
  writeFileSync(path.join(folder, `${CHECKSUMS}.new`), 'half a li');
  await build(folder, 'one', 1_000_000_000);
  expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  expect(verify(folder)).toHaveLength(2);
});

test('when a file is missing, the links still lead to the build before', async () => {
  const folder = temporaryFolder();
  const before = await build(folder, 'one', 1_000_000_000);
  const missing = before.map(({ artifact }) => ({ ...artifact, path: path.join(folder, 'none') }));
  await expect(publish('web', folder, missing, 1_000_000_060)).rejects.toThrow('ENOENT');
  expect(before.map(({ link }) => readlinkSync(link))).toEqual(
    before.map(({ path: file }) => path.basename(file)),
  );
  expect(verify(folder)).toHaveLength(2);
});
