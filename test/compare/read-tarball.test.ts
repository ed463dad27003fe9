import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { compress } from 'zstd-napi';
import { readTarball } from '../../build-scripts/compare/read-tarball.ts';
import { isRoot, needsPrograms } from '../support/needs.ts';
import { temporaryFolder } from '../support/project.ts';
import { testUnless } from '../support/test-unless.ts';
import { makeTree, pack, packZstd } from './support.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const LONG = `${'long-folder/'.repeat(20)}file`;

const tree = {
  'etc/hostname': 'web1\n',
  'etc/empty': '',
  'srv/www/': '',
  'usr/bin/tool': 'x'.repeat(100_000),
  bin: '-> usr/bin',
  [LONG]: 'deep',
  'etc/schl\u00fcssel': 'umlaut',
};

test.each([
  ['as a build packs it', []],
  ['in the format of GNU', ['--format=gnu']],
])('files, folders, links and long names: %s', async (_, options) => {
  const root = makeTree(tree);
  chmodSync(path.join(root, 'usr/bin/tool'), 0o4755);
  const tarball = path.join(temporaryFolder(), 'r.tar');
  if (options.length === 0) writeFileSync(tarball, readFileSync(pack(root)));
  else
    execFileSync('tar', [
      ...['--create', '--file', tarball, '--directory', root, '--owner=5', '--group=6'],
      ...['--numeric-owner', ...options, '.'],
    ]);
  const { entries } = await readTarball(tarball);
  const [uid, gid] = options.length === 0 ? [0, 0] : [5, 6];
  expect(entries.get('')?.type).toBe('directory');
  expect(entries.get('srv/www')).toMatchObject({ type: 'directory', mode: 0o755, size: 0 });
  expect(entries.get('etc/hostname')).toEqual({
    type: 'file',
    mode: 0o644,
    uid,
    gid,
    size: 5,
    sha256: sha256('web1\n'),
    links: 1,
    attributes: {},
  });
  expect(entries.get('etc/empty')).toMatchObject({ size: 0, sha256: sha256('') });
  expect(entries.get('usr/bin/tool')).toMatchObject({ mode: 0o4755, size: 100_000 });
  expect(entries.get('bin')).toMatchObject({ type: 'symlink', target: 'usr/bin' });
  expect(entries.get(LONG)).toMatchObject({ sha256: sha256('deep') });
  expect(entries.get('etc/schlüssel')).toMatchObject({ sha256: sha256('umlaut') });
});

test('a compressed one is the same', async () => {
  const root = makeTree(tree);
  const [plain, compressed] = [await readTarball(pack(root)), await readTarball(packZstd(root))];
  expect([...compressed.entries]).toEqual([...plain.entries]);
});

test('all names of a hard link are the same file', async () => {
  const root = makeTree({ 'b/one': 'text' });
  linkSync(path.join(root, 'b/one'), path.join(root, 'b/two'));
  linkSync(path.join(root, 'b/one'), path.join(root, 'a'));
  const { entries } = await readTarball(pack(root));
  for (const name of ['a', 'b/one', 'b/two'])
    expect(entries.get(name)).toMatchObject({ type: 'file', size: 4, links: 3 });
});

test('a sparse file has its name and its size', async () => {
  const root = makeTree({ 'var/log/lastlog': 'x', last: 'y' });
  truncateSync(path.join(root, 'var/log/lastlog'), 1_000_000);
  for (const format of ['posix', 'gnu']) {
    const tarball = path.join(temporaryFolder(), 'r.tar');
    const args = ['--create', '--sparse', `--format=${format}`, '--file', tarball];
    execFileSync('tar', [...args, '--directory', root, '.']);
    const { entries } = await readTarball(tarball);
    expect([...entries.keys()].sort()).toEqual(['', 'last', 'var', 'var/log', 'var/log/lastlog']);
    expect(entries.get('var/log/lastlog')?.size).toBe(1_000_000);
    expect(entries.get('last')?.sha256).toBe(sha256('y'));
  }
});

/** Attributes of users, which need no root: but a file system that has them. */
function needsAttributes(): string | undefined {
  const missing = needsPrograms('setfattr', 'getfattr');
  if (missing !== undefined) return missing;
  try {
    execFileSync('setfattr', ['-n', 'user.x', '-v', 'y', temporaryFolder()], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'the file system of the tests has no extended attributes';
  }
}

testUnless(needsAttributes(), 'extended attributes keep every byte', async () => {
  const root = makeTree({ one: '1', two: '2' });
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'words', path.join(root, 'one')]);
  execFileSync('setfattr', ['-n', 'user.bytes', '-v', '0x80ff0a3d', path.join(root, 'one')]);
  execFileSync('setfattr', ['-n', 'user.bytes', '-v', '0x81ff0a3d', path.join(root, 'two')]);
  const { entries } = await readTarball(pack(root, ['--xattrs-include=*']));
  expect(entries.get('one')?.attributes).toEqual({
    'user.bytes': '0x80ff0a3d',
    'user.note': 'words',
  });
  expect(entries.get('two')?.attributes).toEqual({ 'user.bytes': '0x81ff0a3d' });
});

testUnless(
  isRoot ? needsPrograms('setcap') : 'needs root',
  'capabilities read as setcap takes them',
  async () => {
    const root = makeTree({ ping: '1', map: '2', more: '3' });
    execFileSync('setcap', ['cap_net_raw=ep', path.join(root, 'ping')]);
    execFileSync('setcap', ['cap_setuid=ep', path.join(root, 'map')]);
    execFileSync('setcap', ['cap_setuid,cap_chown=p', path.join(root, 'more')]);
    const { entries } = await readTarball(pack(root));
    const of = (name: string): unknown => entries.get(name)?.attributes['security.capability'];
    expect(of('ping')).toBe('cap_net_raw=ep');
    expect(of('map')).toBe('cap_setuid=ep');
    expect(of('more')).toBe('cap_chown,cap_setuid=p');
  },
);

test('packages and their files, also below links such as /bin', async () => {
  const root = makeTree({
    bin: '-> usr/bin',
    'usr/bin/tool': 'x',
    'usr/lib/python3/mod.py': 'x',
    'usr/lib/python3/__pycache__/mod.cpython-311.pyc': 'x',
    'etc/own': 'x',
    'var/lib/dpkg/status': [
      'Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1',
      'Installed-Size: 12\nDescription: none\n Version: 9\n',
      'Package: gone\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 2\n',
    ].join('\n'),
    'var/lib/dpkg/info/tool:amd64.list': '/.\n/bin\n/bin/tool\n/usr/lib/python3/mod.py\n',
    'var/lib/dpkg/info/tool:amd64.md5sums': '',
  });
  const { packages, ownerOf } = await readTarball(pack(root));
  expect([...packages]).toEqual([
    ['tool', { version: '1.0-1', architecture: 'amd64', installedSize: 12 * 1024 }],
  ]);
  expect(ownerOf('usr/bin/tool')).toBe('tool');
  expect(ownerOf('usr/lib/python3/__pycache__/mod.cpython-311.pyc')).toBe('tool');
  expect(ownerOf('var/lib/dpkg/info/tool:amd64.md5sums')).toBe('tool');
  expect(ownerOf('etc/own')).toBeUndefined();
});

describe('what is no whole tarball', () => {
  const damage = async (make: (good: Buffer) => Buffer, name = 'r.tar'): Promise<string> => {
    const file = path.join(temporaryFolder(), name);
    writeFileSync(file, make(readFileSync(pack(makeTree(tree)))));
    const error: unknown = await readTarball(file).catch((thrown: unknown) => thrown);
    return (error as Error).message.replace(file, 'FILE');
  };
  const at = (good: Buffer): number => good.indexOf('./usr/bin/tool');

  test.each([
    ['cut off in a file', (good) => good.subarray(0, at(good) + 700), 'FILE is cut off'],
    ['without an end', (good) => good.subarray(0, at(good)), 'FILE is cut off'],
    ['no tar archive', () => Buffer.alloc(2000, 'words '), 'FILE is no tar archive'],
    ['a few words', () => Buffer.from('words'), 'FILE is no tar archive'],
    ['nothing', () => Buffer.alloc(0), 'FILE is empty'],
    ['nothing but zeros', () => Buffer.alloc(10_240), 'FILE holds no files'],
    [
      'zstd cut off',
      (good) => compress(good).subarray(0, -20),
      expect.stringMatching(/^FILE is (damaged|cut off)$/) as unknown as string,
    ],
    [
      'gzip',
      () => Buffer.from([0x1f, 0x8b, 8, 0]),
      'FILE is compressed with gzip: only zstd is read',
    ],
  ] as [string, (good: Buffer) => Buffer, string][])('%s', async (_, make, expected) => {
    expect(await damage(make)).toEqual(expected);
  });

  test('another header', async () => {
    const message = await damage((good) => {
      good.write('X', at(good) + 1);
      return good;
    });
    expect(message).toMatch(/^FILE is damaged at byte \d+$/);
  });

  test('no file', async () => {
    await expect(readTarball('/nowhere/r.tar')).rejects.toThrow(
      '/nowhere/r.tar can not be read: ENOENT',
    );
  });
});
