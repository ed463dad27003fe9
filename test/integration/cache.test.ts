import {
  chmodSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { attempt, expectSuccess } from '../support/command.ts';
import { mkimage, readManifest, type Image } from '../support/mkimage.ts';
import { isRoot, needsPrograms, project } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { COLLECTION, HOOK, flipByte, layersMade, rootSum, Site } from '../support/site.ts';
import { describeUnless, testUnless } from '../support/test-unless.ts';

/** One profile, changed in every way that inputs can change: which layers are made anew. */

const LXC = 'deb12-amd64-lxc';
let site: Site;

describeUnless(needsPrograms('mmdebstrap', 'zstd'), 'a container image', () => {
  let cold: Image;
  let coldSum: string;

  beforeAll(async () => {
    site = new Site(await makeScratch('cache'));
    site.write(LXC);
    cold = await site.build();
    coldSum = rootSum(cold);
  });
  beforeEach(() => {
    site.write(LXC);
  });
  afterAll(() => removeScratch(site.scratch));

  test('is made of all layers at first', () => {
    expect(layersMade(cold)).toEqual(['packages', 'packages on top', 'root']);
  });

  test('is not made again when nothing has changed', async () => {
    const again = await site.build();
    expect(layersMade(again)).toEqual([]);
    expect(again.stdout).toContain('nothing has changed since the build of');
    expect(rootSum(again)).toBe(coldSum);
  });

  test('is published again when somebody has taken the file away', async () => {
    for (const name of readdirSync(cold.directory))
      if (name.includes('_rootfs_')) rmSync(path.join(cold.directory, name));
    const again = await site.build();
    expect(layersMade(again)).toEqual([]);
    expect(statSync(again.rootfs).size).toBeGreaterThan(1e6);
    expect(rootSum(again)).toBe(coldSum);
  });

  describe('gets a new root only, named by what has changed:', () => {
    test.each<[string, () => void, string]>([
      [
        'a file with other content, the same size and time',
        () => {
          const file = site.file('files/etc/site.conf');
          const { atime, mtime } = statSync(file);
          writeFileSync(file, 'two\n');
          utimesSync(file, atime, mtime);
        },
        'collections/site/files/etc/site.conf changed',
      ],
      [
        'the mode of a hook',
        () => {
          chmodSync(site.file('hooks/customize/50-word.chroot'), 0o700);
        },
        'collections/site/hooks/customize/50-word.chroot changed',
      ],
      [
        'the target of a symlink',
        () => {
          unlinkSync(site.file('files/etc/site-link'));
          symlinkSync('other', site.file('files/etc/site-link'));
        },
        'collections/site/files/etc/site-link changed',
      ],
      [
        'a file that is gone',
        () => {
          unlinkSync(site.file('files/etc/site-link'));
        },
        'collections/site/files/etc/site-link removed',
      ],
      [
        'another name of an option',
        () => {
          writeFileSync(site.file('collection.yml'), COLLECTION('site.term'));
          writeFileSync(
            site.file('hooks/customize/50-word.chroot'),
            HOOK.replace('SITE_WORD', 'SITE_TERM'),
            { mode: 0o755 },
          );
        },
        'collections/site/collection.yml changed',
      ],
    ])('%s', async (_, change, reason) => {
      await site.build();
      change();
      const image = await site.build();
      expect(layersMade(image)).toEqual(['root']);
      expect(image.stderr).toContain(`root file system: made anew: `);
      expect(image.stderr).toContain(reason);
    });
  });

  test('gets its old root back from the cache when a change is taken back', async () => {
    await site.build();
    const other = await site.build('--set', 'site.word=other');
    expect(layersMade(other)).toEqual(['root']);
    expect(other.stderr).toContain('option site.word changed');
    const back = await site.build();
    expect(layersMade(back)).toEqual([]);
    expect(rootSum(back)).toBe(coldSum);
  });

  test('is not kept when a file has changed while it was made', async () => {
    // Files are in the image by the time that hooks run.
    const edit = `#!/bin/sh\necho later >'${site.file('files/etc/site.conf')}'\n`;
    writeFileSync(site.file('hooks/customize/60-edit'), edit, { mode: 0o755 });
    const edited = await site.build();
    expect(edited.stderr).toContain('files of the profile changed while it was built');
    const editedSum = rootSum(edited);
    const next = await site.build();
    expect(layersMade(next)).toEqual(['root']);
    expect(rootSum(next)).not.toBe(editedSum);
    expect(layersMade(await site.build())).toEqual([]);
  });

  test('with one package more keeps the packages below', async () => {
    site.write(LXC, 'packages: [bc]\n');
    const image = await site.build();
    expect(layersMade(image)).toEqual(['packages on top', 'root']);
    expect(image.stderr).toContain('packages on top: made anew: package bc added');
    expect(readManifest(image).packages).toHaveProperty('bc');
    // The others come out of the pool: that goes by SHA-256.
    const log = readFileSync(image.log, 'utf8');
    expect(/\+ apt-helper download-file .*/.exec(log)?.[0]).toMatch(/file \S+\/bc_[^/ ]+\.deb$/);
    expect(log).not.toContain('MD5Sum:');
  });

  test.each(['packages', 'root', 'frame'])(
    'is made anew where the cache is damaged: %s',
    async (kind) => {
      for (const file of site.dataOf(kind)) flipByte(file);
      if (kind !== 'root') rmSync(path.join(site.cache, 'root'), { recursive: true });
      // Otherwise nothing has changed.
      for (const note of readdirSync(path.join(site.cache, 'notes')))
        if (note.startsWith('built-')) rmSync(path.join(site.cache, 'notes', note));
      const image = await site.build();
      expect(rootSum(image)).toBe(coldSum);
      expect(layersMade(image)).toContain('root');
      expect((await mkimage(['cache', 'verify', '--cache-dir', site.cache])).stdout).toContain(
        'as they were written',
      );
    },
  );

  testUnless(isRoot ? undefined : 'needs root', 'is built without any network', async () => {
    writeFileSync(site.file('files/etc/site.conf'), 'offline\n');
    const run = (...args: string[]) =>
      attempt(
        [
          ...['unshare', '--net', path.join(project, 'mkimage'), '--plain', '--offline'],
          ...['-O', path.join(site.scratch, 'obj'), ...site.args, ...args],
          path.join(site.scratch, 'site.yml'),
        ],
        { env: site.env },
      );
    expectSuccess(await run());
    const outcome = await run('--set', 'suite=trixie');
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('site can not be built offline');
  });

  test('is the same without the cache, and with one that is filled anew', async () => {
    const without = await site.build('--no-cache');
    expect(layersMade(without)).toEqual(['packages', 'packages on top', 'root']);
    expect(rootSum(without)).toBe(coldSum);
    const refreshed = await site.build('--refresh');
    expect(layersMade(refreshed)).toEqual(['packages', 'packages on top', 'root']);
    expect(rootSum(refreshed)).toBe(coldSum);
  });
});
