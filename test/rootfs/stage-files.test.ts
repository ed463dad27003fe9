import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { FileEntry } from '../../build-scripts/config/collection.ts';
import { finalEntries, stageFiles } from '../../build-scripts/rootfs/stage-files.ts';
import { makeProject, resolveIn, temporaryFolder } from '../support/project.ts';

/** The files of a profile that uses collections a and then b, which have these. */
function filesOf(
  files: Readonly<Record<string, string>>,
  symlinks: Readonly<Record<string, string>> = {},
): readonly FileEntry[] {
  const paths = makeProject({
    'profiles/p.yml': 'suite: bookworm\narch: amd64\ncollections: [a, b]\n',
    'collections/a/collection.yml': 'summary: A\n',
    'collections/b/collection.yml': 'summary: B\nrequires: [a]\n',
    ...Object.fromEntries(
      Object.entries(files).map(([name, text]) => [`collections/${name}`, text]),
    ),
  });
  for (const [name, target] of Object.entries(symlinks)) {
    const link = path.join(paths.projectDir, 'collections', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(target, link);
  }
  return resolveIn(paths).files;
}

async function stage(files: readonly FileEntry[], variables = {}): Promise<string> {
  const folder = path.join(temporaryFolder(), 'files');
  await stageFiles(files, folder, () => variables);
  return folder;
}

/** What lies there: `mode path`, sorted. */
const listing = (folder: string): string[] =>
  execFileSync('find', ['.', '-mindepth', '1', '-printf', '%m %P\n'], {
    cwd: folder,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .sort((a, b) => (a.slice(4) < b.slice(4) ? -1 : 1));

test('modes are those of the image, whatever the umask', async () => {
  const files = filesOf({
    'a/files/etc/deep/er/plain': 'plain\n',
    'a/files/etc/strict': 'strict\n',
    'a/files/srv/shared/x': '',
    'a/files/usr/bin/tool': '#!/bin/sh\n',
    'a/files.yml': `- {path: /etc/strict, mode: "0600"}
- {path: /srv/shared, mode: "2775"}
- {path: /usr/bin/tool, mode: "4755"}
`,
  });
  const umask = process.umask(0o077);
  const folder = await stage(files).finally(() => process.umask(umask));
  expect(listing(folder)).toEqual(
    [
      '755 etc',
      '755 etc/deep',
      '755 etc/deep/er',
      '644 etc/deep/er/plain',
      '600 etc/strict',
      '755 srv',
      '2775 srv/shared',
      '644 srv/shared/x',
      '755 usr',
      '755 usr/bin',
      '4755 usr/bin/tool',
    ].sort((a, b) => (a.slice(4) < b.slice(4) ? -1 : 1)),
  );
});

test('templates are rendered, other files are copied byte by byte', async () => {
  const folder = await stage(
    filesOf({
      'a/files/etc/rendered': 'port {{ ssh.port }}\n',
      'a/files/etc/plain': 'port {{ ssh.port }}\n',
      'a/files.yml': '- {path: /etc/rendered, template: true}\n',
    }),
    { ssh: { port: 22 } },
  );
  expect(readFileSync(path.join(folder, 'etc/rendered'), 'utf8')).toBe('port 22\n');
  expect(readFileSync(path.join(folder, 'etc/plain'), 'utf8')).toBe('port {{ ssh.port }}\n');
});

test('symlinks stay what they are, dangling or not', async () => {
  const folder = await stage(
    filesOf({}, { 'a/files/etc/localtime': '/usr/share/zoneinfo/Nowhere' }),
  );
  expect(readlinkSync(path.join(folder, 'etc/localtime'))).toBe('/usr/share/zoneinfo/Nowhere');
});

test('a later collection replaces a file', async () => {
  const files = filesOf({
    'a/files/etc/motd': 'a\n',
    'a/files/etc/issue': 'a\n',
    'b/files/etc/motd': 'b\n',
    'b/files.yml': '- {path: /etc/motd, mode: "0640", replaces: a}\n',
  });
  expect(finalEntries(files).map(({ target, collection }) => `${target} ${collection}`)).toEqual([
    '/etc a',
    '/etc/issue a',
    '/etc/motd b',
  ]);
  const folder = await stage(files);
  expect(readFileSync(path.join(folder, 'etc/motd'), 'utf8')).toBe('b\n');
  expect(listing(folder)).toEqual(['755 etc', '644 etc/issue', '640 etc/motd']);
});

test('a folder keeps what files.yml says when a later collection only puts something into it', async () => {
  const files = filesOf({
    'a/files/etc/nginx/a.conf': '',
    'a/files.yml': '- {path: /etc/nginx, mode: "0750", group: www-data}\n',
    'b/files/etc/nginx/b.conf': '',
  });
  expect(finalEntries(files).find(({ target }) => target === '/etc/nginx')).toMatchObject({
    mode: 0o750,
    group: 'www-data',
  });
  expect(listing(await stage(files))).toContain('750 etc/nginx');
});
