import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { main } from '../../build-scripts/cli/main.ts';
import { publish } from '../../build-scripts/publish/publish.ts';
import { makeTree, packZstd, type Tree } from '../compare/support.ts';
import { temporaryFolder } from '../support/project.ts';

const FIRST = 1_000_000_000;

interface Build {
  readonly tree: Tree;
  readonly epoch?: number;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly profile?: string;
}

const STATUS = 'var/lib/dpkg/status';
const paragraph = (name: string, version: string, size: number): string =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\nInstalled-Size: ${size}\n\n`;

const OLD: Build = {
  tree: {
    'etc/motd': 'hello\n',
    'usr/bin/ssh': 'old',
    [STATUS]: paragraph('ssh', '1.0-1', 100),
    'var/lib/dpkg/info/ssh.list': '/usr/bin/ssh\n',
  },
};
const NEW: Build = {
  epoch: FIRST + 3600,
  tree: {
    'etc/motd': 'good evening\n',
    'usr/bin/ssh': 'new',
    'srv/www/index.html': 'page',
    [STATUS]: paragraph('ssh', '1.0-2', 900) + paragraph('htop', '3', 4),
    'var/lib/dpkg/info/ssh.list': '/usr/bin/ssh\n',
  },
  manifest: {
    settings: { suite: 'bookworm', 'zstd-level': 10 },
    collections: ['base', 'web'],
    options: {
      'base.hostname': { value: 'x', origin: 'command line (--set)' },
      'web.port': { value: 80, origin: 'collections/web/collection.yml:3 (collection default)' },
    },
    packages: {
      ssh: { version: '1.0-2', architecture: 'amd64' },
      htop: { version: '3', architecture: 'amd64' },
    },
    tools: { tar: '1.35' },
  },
};

/** Publishes builds of a profile the way a build does. @returns the folder with images */
async function obj(builds: readonly Build[]): Promise<string> {
  const root = temporaryFolder();
  for (const { tree, epoch = FIRST, manifest = {}, profile = 'web' } of builds) {
    const directory = path.join(root, profile);
    mkdirSync(path.join(directory, '.partial'), { recursive: true });
    const artifact = (name: string, extension: string, file: string) => ({
      ...{ name, extension, path: file, bytes: readFileSync(file).length },
      sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
    });
    const tarball = packZstd(makeTree(tree), path.join(directory, '.partial', 'rootfs'));
    const rootfs = artifact('rootfs', '.tar.zst', tarball);
    const date = new Date(epoch * 1000).toISOString();
    const text = JSON.stringify({
      schema: 1,
      profile,
      built: date,
      settings: { suite: 'bookworm', 'zstd-level': 3 },
      collections: ['base'],
      options: {
        'base.hostname': { value: null, origin: 'base/collection.yml:5 (collection default)' },
      },
      outputs: ['lxc'],
      packages: { ssh: { version: '1.0-1', architecture: 'amd64' } },
      tools: { tar: '1.34' },
      warnings: [],
      files: [
        {
          name: `${profile}_rootfs_${date.slice(0, 10)}_${epoch}.tar.zst`,
          bytes: rootfs.bytes,
          sha256: rootfs.sha256,
        },
      ],
      ...manifest,
    });
    const file = path.join(directory, '.partial', 'manifest');
    writeFileSync(file, text);
    await publish(profile, directory, [rootfs, artifact('manifest', '.json', file)], epoch);
  }
  return root;
}

/** What `mkimage diff ARGS` prints, and its exit code. */
async function diff(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const texts = { out: '', err: '' };
  const out = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    texts.out += String(text);
    return true;
  });
  const err = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    texts.err += String(text);
    return true;
  });
  try {
    return { code: await main(['diff', ...args]), ...texts };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

const file = (root: string, name: string, profile = 'web'): string =>
  path.join(root, profile, `${profile}_${name}`);

test('of one profile, the newest build and the one before', async () => {
  const root = await obj([OLD, NEW]);
  const { code, out } = await diff('web', '-O', root);
  const text = out
    .replace(/^([AB].*UTC {2}).*\/(.*)$/gm, '$1$2')
    // As small as this zstd makes it.
    .replace(/^( {2}rootfs\.tar\.zst).*$/m, '$1 …');
  expect(text).toMatchInlineSnapshot(`
    "A  web  built 2001-09-09 01:46:40 UTC  web_manifest_2001-09-09_1000000000.json
    B  web  built 2001-09-09 02:46:40 UTC  web_manifest_2001-09-09_1000003600.json

    settings
      zstd-level  3 → 10

    collections
      added    web

    options
      changed  base.hostname  (unset) → x  from command line (--set)
      added, with their default values: 1 more option (--all)

    packages: 1 added, 1 upgraded
      added     htop  3
      upgraded  ssh   1.0-1 → 1.0-2  +819.2 kB

    files: 3 added, 3 changed
      changed  /etc/motd  content, 6 B → 13 B
      added    /srv/      1 file, 4 B
      of packages that changed (--all lists them):
        (state of packages)  1 changed
        ssh                  1 changed

    sizes
      rootfs.tar.zst …
      all files, unpacked     120 B → 224 B        +104 B
      packages, as dpkg says  102.4 kB → 925.7 kB  +823.3 kB

    notes
      built with another tar: 1.34 → 1.35
    "
  `);
  expect(code).toBe(1);
});

test('everything as data', async () => {
  const root = await obj([OLD, NEW]);
  const { code, out } = await diff('web@1', 'web', '--json', '-O', root);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    schema: 1,
    equal: false,
    a: { given: 'web@1', name: 'web', built: '2001-09-09T01:46:40.000Z' },
    settings: [{ name: 'zstd-level', a: 3, b: 10 }],
    collections: { added: ['web'], removed: [] },
    options: [
      {
        name: 'base.hostname',
        change: 'changed',
        b: { value: 'x', origin: 'command line (--set)' },
      },
      { name: 'web.port', change: 'added', a: null, isDefault: true },
    ],
    packages: [
      { name: 'htop', change: 'added', a: null, installedSizeChange: 4096 },
      { name: 'ssh', change: 'upgraded', a: { version: '1.0-1' }, b: { version: '1.0-2' } },
    ],
    files: [
      { path: '/etc/motd', change: 'changed', aspects: ['content'], package: null },
      { path: '/srv', change: 'added', a: null },
      { path: '/srv/www', change: 'added' },
      { path: '/srv/www/index.html', change: 'added', b: { type: 'file', mode: '0644', size: 4 } },
      { path: '/usr/bin/ssh', package: 'ssh' },
      { path: '/var/lib/dpkg/status' },
    ],
    filesNotCompared: [],
    sameRootTarball: false,
  });
});

test('--all lists every file and option', async () => {
  const { out } = await diff('web', '--all', '-O', await obj([OLD, NEW]));
  expect(out).toMatch(/^ {2}changed {2}\/usr\/bin\/ssh +content +\(ssh\)$/m);
  expect(out).toMatch(/^ {2}added {4}web\.port +80 /m);
});

test.each([
  ['the same bits', OLD],
  ['the same content, packed for another time', { ...OLD, epoch: FIRST + 60 }],
])('no difference: %s', async (_, build) => {
  const [one, two] = [await obj([OLD]), await obj([build])];
  const { code, out } = await diff(path.join(one, 'web'), path.join(two, 'web'));
  expect(out).toMatch(/\n\nno difference\n$/);
  expect(code).toBe(0);
});

test('bits that differ without reason count', async () => {
  const [one, two] = [await obj([OLD]), await obj([OLD])];
  const manifest = file(two, 'manifest_2001-09-09_1000000000.json');
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(manifest, text.replace(/"bytes":\d+,"sha256":"\w+"/, '"bytes":1,"sha256":"0"'));
  rmSync(file(two, 'rootfs_2001-09-09_1000000000.tar.zst'));
  const { code, out } = await diff(file(one, 'manifest.json'), manifest);
  expect(code).toBe(1);
  expect(out).toContain('not compared, but the root file systems are not the same (SHA-256)');
  expect(out).toContain('files not compared: ');
  expect(out).toContain('is no longer there');
});

test('tarballs alone', async () => {
  const [one, two] = [packZstd(makeTree(OLD.tree)), packZstd(makeTree(NEW.tree))];
  const { code, out } = await diff(one, two);
  expect(code).toBe(1);
  expect(out).toContain('upgraded  ssh');
  expect(out).toContain('no manifest beside');
  expect(await diff(one, one)).toMatchObject({ code: 0 });
});

test('a tarball alone and a manifest whose tarball is gone: packages', async () => {
  const root = await obj([NEW]);
  rmSync(file(root, 'rootfs_2001-09-09_1000003600.tar.zst'));
  const { out } = await diff(packZstd(makeTree(OLD.tree)), file(root, 'manifest.json'));
  expect(out).toContain('packages: 1 added, 1 upgraded');
});

describe('trouble: one message and the exit code 2', () => {
  const attempt = async (
    builds: readonly Build[],
    args: (root: string) => string[],
  ): Promise<string> => {
    const root = await obj(builds);
    const { code, out, err } = await diff(...args(root), '-O', root);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    return err.replaceAll(root, 'OBJ');
  };

  test.each([
    ['no such file', () => ['x.tar.zst', 'web'], 'there is no file x.tar.zst\n'],
    ['no such profile', () => ['wbe', 'web'], 'there is no profile "wbe"'],
    [
      'no image yet',
      () => ['deb12-amd64-lxc', 'web'],
      'deb12-amd64-lxc has not been built yet: there is no image in OBJ/deb12-amd64-lxc\n  hint: ./mkimage deb12-amd64-lxc\n',
    ],
    ['only one build', () => ['web'], 'there is no web@1: in OBJ/web is 1 build'],
    ['a folder without images', (root) => [root, 'web'], 'there is no image in the folder OBJ\n'],
    [
      'another file',
      (root) => [path.join(root, 'web/SHA256SUMS'), 'web'],
      'OBJ/web/SHA256SUMS is no image that can be compared\n  hint: ',
    ],
    [
      'one file',
      (root) => [file(root, 'manifest.json')],
      'diff takes two images; one is enough if it is a profile',
    ],
  ] as [string, (root: string) => string[], string][])('%s', async (_, args, expected) => {
    expect(await attempt([OLD], args)).toContain(expected);
  });

  test.each([
    ['{"a": 1}', 'is no manifest of an image: schema: '],
    ['nonsense', 'can not be read as a manifest: '],
    ['{"tarball": "web_rootfs.tar.zst", "disk": {}}', 'is the manifest of a disk that tar-to-disk'],
  ])('a manifest like %s', async (text, expected) => {
    const bad = path.join(temporaryFolder(), 'bad.json');
    writeFileSync(bad, text);
    expect(await attempt([OLD], () => [bad, 'web'])).toContain(`${bad} ${expected}`);
  });

  test('a tarball that was damaged', async () => {
    const root = await obj([OLD]);
    writeFileSync(file(root, 'rootfs_2001-09-09_1000000000.tar.zst'), 'x', { flag: 'a' });
    const { code, err } = await diff('web', 'web', '-O', root);
    expect(code).toBe(2);
    expect(err).toMatch(/tar\.zst is damaged or was replaced: it has another SHA-256 than its/);
  });
});
