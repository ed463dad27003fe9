import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { attempt } from '../support/command.ts';
import { buildImage, mkimage, readManifest, type Image } from '../support/mkimage.ts';
import { isRoot, needsPrograms, project } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { describeUnless, testUnless } from '../support/test-unless.ts';

/**
 * One profile, changed in every way that inputs can change: which layers are made anew is read from
 * what the build has run. The time is pinned: the same inputs give the same bits, however they came.
 */

const environment = { SOURCE_DATE_EPOCH: '1793000000' };
let scratch: string;
const inSite = (name: string): string => path.join(scratch, 'collections/site', name);
const cache = (): string => path.join(scratch, 'cache');

const HOOK = '#!/bin/sh\nset -eu\necho "$OPT_SITE_WORD" >/etc/site-word\n';
const COLLECTION = (option: string): string =>
  `summary: Site\nrequires: [base]\noptions:\n  ${option}: {type: string, default: hello, description: A word}\n`;

function writeSite(base = 'deb12-amd64-lxc', more = ''): void {
  rmSync(path.join(scratch, 'collections'), { recursive: true, force: true });
  mkdirSync(inSite('files/etc'), { recursive: true });
  mkdirSync(inSite('hooks/customize'), { recursive: true });
  writeFileSync(inSite('collection.yml'), COLLECTION('site.word'));
  writeFileSync(inSite('files/etc/site.conf'), 'one\n');
  symlinkSync('site.conf', inSite('files/etc/site-link'));
  writeFileSync(inSite('hooks/customize/50-word.chroot'), HOOK, { mode: 0o755 });
  writeFileSync(path.join(scratch, 'site.yml'), `extends: ${base}\ncollections: [site]\n${more}`);
}

const commonArgs = (): string[] => [
  ...['--cache-dir', cache(), '--collections', path.join(scratch, 'collections')],
];
const build = (...args: string[]): Promise<Image> =>
  buildImage(path.join(scratch, 'site.yml'), path.join(scratch, 'obj'), {
    args: [...commonArgs(), ...args],
    env: environment,
  });

/** The layers that a build has made, by the commands that it ran. */
function made({ log, stderr }: Image): string[] {
  const ran = readFileSync(log, 'utf8');
  return [
    ...(ran.includes('+ mmdebstrap ') ? ['packages'] : []),
    ...(/\+ chroot \S+ apt-get .*--no-download/.test(ran) ? ['packages on top'] : []),
    ...(/: apply \d+ collections: done/.test(stderr) ? ['root'] : []),
    ...(/\+ chroot \S+ update-initramfs /.test(ran) ? ['initramfs'] : []),
    ...(stderr.includes(': write the disk: done') ? ['disk'] : []),
    ...[...ran.matchAll(/\+ qemu-img convert .*-O (\w+)/g)].map(([, format = '']) => format),
  ];
}

const rootSum = (image: Image): string =>
  readManifest(image).files.find(({ name }) => name.includes('_rootfs_'))?.sha256 ?? '';

/** Data files of a kind of layer. */
function dataOf(kind: string): string[] {
  const folder = path.join(cache(), kind);
  return readdirSync(folder).map((key) => path.join(folder, key, 'data'));
}

function flipByte(file: string): void {
  const data = readFileSync(file);
  const at = data.length >> 1;
  data[at] = (data[at] ?? 0) ^ 1;
  const { atime, mtime } = statSync(file);
  writeFileSync(file, data);
  utimesSync(file, atime, mtime);
}

describeUnless(needsPrograms('mmdebstrap', 'zstd'), 'a container image', () => {
  let cold: Image;
  let coldSum: string;

  beforeAll(async () => {
    scratch = await makeScratch('cache');
    writeSite();
    cold = await build();
    coldSum = rootSum(cold);
  });
  beforeEach(() => {
    writeSite();
  });
  afterAll(() => removeScratch(scratch));

  test('is made of all layers at first', () => {
    expect(made(cold)).toEqual(['packages', 'packages on top', 'root']);
  });

  test('is not made again when nothing has changed', async () => {
    const again = await build();
    expect(made(again)).toEqual([]);
    expect(again.stdout).toContain('nothing has changed since the build of');
    expect(rootSum(again)).toBe(coldSum);
  });

  test('is published again when somebody has taken the file away', async () => {
    for (const name of readdirSync(cold.directory))
      if (name.includes('_rootfs_')) rmSync(path.join(cold.directory, name));
    const again = await build();
    expect(made(again)).toEqual([]);
    expect(statSync(again.rootfs).size).toBeGreaterThan(1e6);
    expect(rootSum(again)).toBe(coldSum);
  });

  describe('gets a new root only, named by what has changed:', () => {
    test.each<[string, () => void, string]>([
      [
        'a file with other content, the same size and time',
        () => {
          const file = inSite('files/etc/site.conf');
          const { atime, mtime } = statSync(file);
          writeFileSync(file, 'two\n');
          utimesSync(file, atime, mtime);
        },
        'collections/site/files/etc/site.conf changed',
      ],
      [
        'the mode of a hook',
        () => {
          chmodSync(inSite('hooks/customize/50-word.chroot'), 0o700);
        },
        'collections/site/hooks/customize/50-word.chroot changed',
      ],
      [
        'the target of a symlink',
        () => {
          unlinkSync(inSite('files/etc/site-link'));
          symlinkSync('other', inSite('files/etc/site-link'));
        },
        'collections/site/files/etc/site-link changed',
      ],
      [
        'a file that is gone',
        () => {
          unlinkSync(inSite('files/etc/site-link'));
        },
        'collections/site/files/etc/site-link removed',
      ],
      [
        'another name of an option',
        () => {
          writeFileSync(inSite('collection.yml'), COLLECTION('site.term'));
          writeFileSync(
            inSite('hooks/customize/50-word.chroot'),
            HOOK.replace('SITE_WORD', 'SITE_TERM'),
            { mode: 0o755 },
          );
        },
        'collections/site/collection.yml changed',
      ],
    ])('%s', async (_, change, reason) => {
      await build();
      change();
      const image = await build();
      expect(made(image)).toEqual(['root']);
      expect(image.stderr).toContain(`root file system: made anew: `);
      expect(image.stderr).toContain(reason);
    });
  });

  test('gets its old root back from the cache when a change is taken back', async () => {
    await build();
    const other = await build('--set', 'site.word=other');
    expect(made(other)).toEqual(['root']);
    expect(other.stderr).toContain('option site.word changed');
    const back = await build();
    expect(made(back)).toEqual([]);
    expect(rootSum(back)).toBe(coldSum);
  });

  test('is not kept when a file has changed while it was made', async () => {
    // Files are in the image by the time that hooks run.
    const edit = `#!/bin/sh\necho later >'${inSite('files/etc/site.conf')}'\n`;
    writeFileSync(inSite('hooks/customize/60-edit'), edit, { mode: 0o755 });
    const edited = await build();
    expect(edited.stderr).toContain('files of the profile changed while it was built');
    const editedSum = rootSum(edited);
    const next = await build();
    expect(made(next)).toEqual(['root']);
    expect(rootSum(next)).not.toBe(editedSum);
    expect(made(await build())).toEqual([]);
  });

  test('with one package more keeps the packages below', async () => {
    writeSite('deb12-amd64-lxc', 'packages: [bc]\n');
    const image = await build();
    expect(made(image)).toEqual(['packages on top', 'root']);
    expect(image.stderr).toContain('packages on top: made anew: package bc added');
    expect(readManifest(image).packages).toHaveProperty('bc');
  });

  test.each(['packages', 'root', 'frame'])(
    'is made anew where the cache is damaged: %s',
    async (kind) => {
      for (const file of dataOf(kind)) flipByte(file);
      if (kind !== 'root') rmSync(path.join(cache(), 'root'), { recursive: true });
      // Otherwise nothing has changed.
      for (const note of readdirSync(path.join(cache(), 'notes')))
        if (note.startsWith('built-')) rmSync(path.join(cache(), 'notes', note));
      const image = await build();
      expect(rootSum(image)).toBe(coldSum);
      expect(made(image)).toContain('root');
      expect((await mkimage(['cache', 'verify', '--cache-dir', cache()])).stdout).toContain(
        'as they were written',
      );
    },
  );

  testUnless(isRoot ? undefined : 'needs root', 'is built without any network', async () => {
    writeFileSync(inSite('files/etc/site.conf'), 'offline\n');
    const run = (...args: string[]) =>
      attempt(
        [
          ...['unshare', '--net', path.join(project, 'mkimage'), '--plain', '--offline'],
          ...['-O', path.join(scratch, 'obj'), ...commonArgs(), ...args],
          path.join(scratch, 'site.yml'),
        ],
        { env: environment },
      );
    expect(await run()).toMatchObject({ exitCode: 0 });
    const outcome = await run('--set', 'suite=trixie');
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('site can not be built offline');
  });

  test('is the same without the cache, and with one that is filled anew', async () => {
    const without = await build('--no-cache');
    expect(made(without)).toEqual(['packages', 'packages on top', 'root']);
    expect(rootSum(without)).toBe(coldSum);
    const refreshed = await build('--refresh');
    expect(made(refreshed)).toEqual(['packages', 'packages on top', 'root']);
    expect(rootSum(refreshed)).toBe(coldSum);
  });
});

const MACHINE = 'outputs: [raw]\nseed: cache\n';

describeUnless(needsPrograms('mmdebstrap', 'zstd'), 'a machine', () => {
  let sum = '';
  const disk = (image: Image): string =>
    readManifest(image).files.find(({ name }) => name.endsWith('.raw'))?.sha256 ?? '';

  beforeAll(async () => {
    scratch = await makeScratch('cache-disk');
    writeSite('deb12-amd64-kvm', MACHINE);
  });
  afterAll(() => removeScratch(scratch));

  test('keeps its initramfs while nothing that it was made from has changed', async () => {
    expect(made(await build())).toEqual([
      ...['packages', 'packages on top', 'root', 'initramfs', 'disk'],
    ]);
    writeFileSync(inSite('files/etc/site.conf'), 'two\n');
    const image = await build();
    expect(made(image)).toEqual(['root', 'disk']);
    sum = disk(image);
    expect(sum).toMatch(/^[0-9a-f]{64}$/);
    // To the byte what a build makes that has no cache.
    expect(disk(await build('--no-cache'))).toBe(sum);
  });

  test('needs no new disk for one format more, and no new format for a file that is gone', async () => {
    const more = await build('--output', 'raw,qcow2');
    expect(made(more)).toEqual(['qcow2']);
    expect(disk(more)).toBe(sum);
    const qcow2 = (image: Image): string =>
      readManifest(image).files.find(({ name }) => name.endsWith('.qcow2'))?.sha256 ?? '';
    for (const name of readdirSync(more.directory))
      if (name.includes('_disk_')) rmSync(path.join(more.directory, name));
    const again = await build('--output', 'raw,qcow2');
    expect(made(again)).toEqual([]);
    expect([disk(again), qcow2(again)]).toEqual([sum, qcow2(more)]);
    // Made from a disk of the cache or from a new one.
    const without = await build('--output', 'qcow2', '--no-cache');
    expect(made(without)).toContain('disk');
    expect(qcow2(without)).toBe(qcow2(more));
    // Kernel and initramfs come out of a disk that is being made.
    expect(made(await build('--output', 'kernel'))).toEqual(['disk']);
  });

  test('gets a new disk when that is damaged, and says so', async () => {
    const [file = ''] = dataOf('disk');
    // In the boot loader's partition.
    const handle = openSync(file, 'r+');
    writeSync(handle, 'garbage', 2 * 1024 ** 2);
    closeSync(handle);
    const image = await build('--output', 'qcow2');
    expect(made(image)).toEqual(['disk', 'qcow2']);
    expect(image.stderr).toContain('the cache is damaged: disk of site; it is made anew');
    dataOf('image').forEach(flipByte);
    const other = await build('--output', 'qcow2,vmdk');
    expect(other.stderr).toContain('the cache is damaged: image of site; it is made anew');
    expect(made(other).sort()).toEqual(['qcow2', 'vmdk']);
  });

  test('gets a new disk only, when only the layout has changed', async () => {
    const [layout = ''] = readdirSync((await build()).directory).filter((name) =>
      name.endsWith('_disk.yml'),
    );
    const text = readFileSync(path.join(scratch, 'obj/site', layout), 'utf8');
    writeFileSync(path.join(scratch, 'layout.yml'), text);
    writeSite('deb12-amd64-kvm', `${MACHINE}disk: layout.yml\n`);
    writeFileSync(inSite('files/etc/site.conf'), 'two\n');
    expect(made(await build())).toEqual([]);
    writeFileSync(path.join(scratch, 'layout.yml'), text.replace(/^size: .*$/m, 'size: 5G'));
    const image = await build();
    expect(made(image)).toEqual(['disk']);
    expect(image.stderr).toContain('disk: made anew: layout changed');
    writeSite('deb12-amd64-kvm', MACHINE);
  });

  test('gets a new initramfs when there is a new name, or other content of what was read', async () => {
    const file = inSite('files/etc/initramfs-tools/conf.d/site');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, 'MODULES=most\n');
    expect(made(await build())).toEqual(['root', 'initramfs', 'disk']);
    writeFileSync(file, 'MODULES=list\n');
    expect(made(await build())).toEqual(['root', 'initramfs', 'disk']);
  });
});
