import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { Store } from '../../build-scripts/cache/store.ts';
import { build } from '../../build-scripts/cli/build.ts';
import { cacheLimit, pruneAfterBuild } from '../../build-scripts/cli/cache-place.ts';
import { captured } from '../support/captured.ts';
import { makeProject, temporaryFolder } from '../support/project.ts';

const given = process.env.MKIMAGE_CACHE_SIZE;
afterEach(() => {
  if (given === undefined) delete process.env.MKIMAGE_CACHE_SIZE;
  else process.env.MKIMAGE_CACHE_SIZE = given;
});

describe('the size of the cache', () => {
  test('is that of the command line, of the environment, or 20 GiB', () => {
    delete process.env.MKIMAGE_CACHE_SIZE;
    expect(cacheLimit()).toBe(20 * 1024 ** 3);
    process.env.MKIMAGE_CACHE_SIZE = '1.5T';
    expect(cacheLimit()).toBe(1.5 * 1024 ** 4);
    expect(cacheLimit('300M')).toBe(300 * 1024 ** 2);
  });

  test.each(['20GB', '20', 'G', '', '-1G'])('"%s" is none', (text) => {
    const hint = 'write it like 20G';
    const message = `"${text}" is no size for the cache`;
    expect(() => cacheLimit(text)).toThrow(expect.objectContaining({ message, hint }));
    process.env.MKIMAGE_CACHE_SIZE = text;
    expect(() => cacheLimit()).toThrow(
      expect.objectContaining({ message: `MKIMAGE_CACHE_SIZE: ${message}`, hint }),
    );
  });

  test('is looked at before anything is built', async () => {
    process.env.MKIMAGE_CACHE_SIZE = '20GB';
    const project = makeProject({});
    // No build could begin there.
    const outputDir = path.join(temporaryFolder(), 'file');
    writeFileSync(outputDir, '');
    const profile = [path.join(project.projectDir, 'profiles/p.yml')];
    const cacheDir = temporaryFolder();
    await expect(build({ profile, outputDir, cacheDir })).rejects.toThrow('MKIMAGE_CACHE_SIZE');
    expect(readdirSync(cacheDir)).toEqual([]);
    // Without a cache it does not matter.
    await expect(build({ profile, outputDir, cache: false })).rejects.toThrow('cannot write to');
  });
});

describe('after a build', () => {
  const store = (hasGrown: boolean, prune: () => Promise<[]>) => ({
    ...{ directory: '/cache', hasGrown },
    prune: jest.fn<Store['prune']>(prune),
  });

  test('a cache that has grown is made smaller, and leaves room to others', async () => {
    const grown = store(true, () => Promise.resolve([]));
    await pruneAfterBuild(grown, 5);
    expect(grown.prune).toHaveBeenCalledWith(5, 2 * 1024 ** 3);
    const same = store(false, () => Promise.resolve([]));
    await pruneAfterBuild(same, 5);
    expect(same.prune).not.toHaveBeenCalled();
  });

  test('what prevents that is a warning', async () => {
    const closed = store(true, () => Promise.reject(new Error('EACCES: permission denied')));
    const { stdout, stderr } = await captured(async () => {
      await pruneAfterBuild(closed, 5);
      return 0;
    });
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'warning: the cache /cache may be larger than wanted: EACCES: permission denied\n',
    );
  });
});
