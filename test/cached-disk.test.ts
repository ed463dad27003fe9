import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, jest, test } from '@jest/globals';
import { Store } from '../build-scripts/cache/store.ts';
import { cachedDisk, type CachedDisk } from '../build-scripts/cached-disk.ts';
import type { ComposeResult } from '../build-scripts/composition.ts';
import { contentHash } from '../build-scripts/host/content-hash.ts';
import type { LayeredRoot } from '../build-scripts/layered-root.ts';
import { whileFailing } from './support/fake-program.ts';
import { makeProject, resolveIn, temporaryFolder } from './support/project.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const COLLECTION = {
  'profiles/p.yml': 'suite: bookworm\narch: amd64\ncollections: [a]\n',
  'collections/a/collection.yml': 'summary: a\n',
  'collections/a/disk.yml.liquid': `size: 3G
firmware: [bios]
table: mbr
partitions:
  - {name: root, size: rest, content: {type: ext4, mount: /}}
`,
};
const VERSIONS: ReadonlyMap<string, string> = new Map([['mke2fs', '1']]);
const LAYERS = {
  ...{ tools: [], freshness: 'ask' },
  explain: () => Promise.resolve(),
  remember: () => Promise.resolve(),
} as unknown as LayeredRoot;

async function setUp(
  isPublished = true,
): Promise<{ store: Store; image: string; disk: CachedDisk; keep: () => Promise<void> }> {
  const store = await Store.open(path.join(temporaryFolder(), 'cache'));
  if (store === undefined) throw new Error('no store');
  const image = path.join(temporaryFolder(), 'disk.raw');
  writeFileSync(image, 'content');
  const disk = cachedDisk({
    ...{ store, profile: resolveIn(makeProject(COLLECTION)), image, isPublished, seed: 's' },
    layers: () => LAYERS,
    rootKey: () => 'root',
    epoch: () => 1,
    note: () => undefined,
  });
  const made = { contents: {}, checks: [], versions: VERSIONS };
  const contentSha256 = await contentHash(image);
  const keep = (): Promise<void> =>
    disk.keep({ ...made, contentSha256 } as unknown as ComposeResult);
  return { store, image, disk, keep };
}

const take = (disk: CachedDisk) => disk.take(() => Promise.resolve(VERSIONS));

test('a disk is found again', async () => {
  const { disk, keep } = await setUp();
  await keep();
  expect(await take(disk)).toMatchObject({ checks: [] });
});

test.each(['No space left on device', 'Permission denied', 'Read-only file system'])(
  'a cache that can not hold it fails no build: %s',
  async (reason) => {
    const { image, disk, keep } = await setUp();
    await whileFailing('cp', `cp: error writing 'data': ${reason}`, keep);
    expect(existsSync(image)).toBe(true);
    expect(await take(disk)).toBeUndefined();
  },
);

test.each([true, false])(
  'nor does one that can not be written (published: %s)',
  async (published) => {
    const { store, image, keep } = await setUp(published);
    const error = Object.assign(new Error('EROFS: read-only file system, rmdir'), {
      code: 'EROFS',
    });
    jest.spyOn(store, 'remove').mockRejectedValue(error);
    await keep();
    expect(existsSync(image)).toBe(true);
  },
);

test('any other failure is told', async () => {
  const { keep } = await setUp();
  const kept = whileFailing('cp', "cp: error reading 'disk': Input/output error", keep);
  await expect(kept).rejects.toThrow('cp failed: exit code 1');
});
