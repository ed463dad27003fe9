import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { makeWorkspace, mountOf } from '../../build-scripts/host/workspace.ts';
import { temporaryDirectory } from './support/temporary.ts';

const folder = temporaryDirectory();

test('a workspace lets others pass, but only where they may', async () => {
  const umask = process.umask(0o077);
  const workspace = await makeWorkspace(folder);
  process.umask(umask);
  expect(workspace.directory).toMatch(/\/mkimage-\w{6}$/);
  const modes = [workspace.directory, workspace.stage, workspace.tree, workspace.tmp].map((file) =>
    (statSync(file).mode & 0o7777).toString(8),
  );
  expect(modes).toEqual(['711', '700', '755', '1777']);
});

test('no place to work in', async () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  await expect(makeWorkspace(file)).rejects.toThrow(`${file} is not a directory`);
  const missing = path.join(folder, 'missing');
  await expect(makeWorkspace(missing)).rejects.toThrow(
    `the work directory ${missing} does not exist`,
  );
  // Root, too, can make nothing there.
  await expect(makeWorkspace('/proc')).rejects.toThrow(/\/proc/);
});

test('MKIMAGE_WORKDIR says where', async () => {
  const base = path.join(folder, 'base');
  mkdirSync(base);
  process.env.MKIMAGE_WORKDIR = base;
  try {
    await makeWorkspace();
  } finally {
    delete process.env.MKIMAGE_WORKDIR;
  }
  expect(readdirSync(base)).toHaveLength(1);
});

const MOUNTINFO = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:25 / /tmp rw,nosuid,nodev,noexec shared:2 - tmpfs tmpfs rw
31 30 0:26 / /tmp/a\\040b rw,relatime - tmpfs tmpfs rw
32 22 0:27 / /srv ro,noexec - tmpfs tmpfs rw
33 22 0:28 / /srv rw - tmpfs tmpfs rw
`;

test.each([
  ['/home', '/', false],
  ['/tmp', '/tmp', true],
  ['/tmp/x/y', '/tmp', true],
  ['/tmpfile', '/', false],
  ['/tmp/a b/c', '/tmp/a b', false],
  ['/srv', '/srv', false],
])('%s lies on %s', (file, mountPoint, noexec) => {
  const mount = mountOf(file, MOUNTINFO);
  expect(mount?.mountPoint).toBe(mountPoint);
  expect(mount?.options.includes('noexec')).toBe(noexec);
});
