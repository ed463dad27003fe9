import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { contentHash } from '../../build-scripts/host/content-hash.ts';
import { DamagedEntry, Store, type Entry } from '../../build-scripts/cache/store.ts';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'mkimage-store-'));
  store = await open();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function open(directory = folder): Promise<Store> {
  const opened = await Store.open(directory);
  if (opened === undefined) throw new Error('no store');
  return opened;
}

const written = (content: string) => async (file: string) => {
  await writeFile(file, content);
  return undefined;
};

async function add(key: string, content: string, meta: unknown = null): Promise<Entry> {
  const entry = await store.add({ kind: 'root', key, what: 'web', meta }, written(content));
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

test('what is added is found again, by another process too', async () => {
  const entry = await add('k', 'content', { packages: 3 });
  const other = await open();
  expect(await other.find('root', 'k')).toMatchObject({
    ...{ what: 'web', bytes: 7, meta: { packages: 3 } },
  });
  expect(await text(other.read(entry))).toBe('content');
  await other.copy(entry, path.join(folder, 'copy'));
  expect(readFileSync(path.join(folder, 'copy'), 'utf8')).toBe('content');
  expect(await other.find('root', 'other')).toBeUndefined();
  expect(await other.find('packages', 'k')).toBeUndefined();
});

test('it is for its owner only, but not the folder that it is made in', async () => {
  const cache = path.join(folder, 'obj', 'cache');
  await open(cache);
  expect(statSync(cache).mode & 0o777).toBe(0o700);
  mkdirSync(path.join(folder, 'usual'));
  const { mode } = statSync(path.join(folder, 'usual'));
  expect(statSync(path.dirname(cache)).mode).toBe(mode);
});

test('what it holds is for its owner only, and it has a secret of its own', async () => {
  await add('k', 'content');
  expect(statSync(path.join(folder, 'root')).mode & 0o777).toBe(0o700);
  expect(statSync(path.join(folder, 'secret')).mode & 0o777).toBe(0o600);
  expect((await open()).secret.equals(store.secret)).toBe(true);
  expect((await open(path.join(folder, 'other'))).secret.equals(store.secret)).toBe(false);
});

describe('damage', () => {
  test('a flipped byte is seen when the data is read, copied or verified', async () => {
    const entry = await add('k', 'content');
    writeFileSync(store.dataOf(entry), 'cantent');
    expect(await store.find('root', 'k')).toBeDefined();
    await expect(text(store.read(entry))).rejects.toThrow(DamagedEntry);
    await expect(store.copy(entry, path.join(folder, 'copy'))).rejects.toThrow(DamagedEntry);
    expect(await store.isWhole(entry)).toBe(false);
    expect(await store.verify()).toEqual([expect.objectContaining({ key: 'k' })]);
    expect(await store.find('root', 'k')).toBeUndefined();
  });

  test.each<[string, (entry: Entry) => void]>([
    [
      'cut off data',
      (entry) => {
        truncateSync(store.dataOf(entry), 3);
      },
    ],
    [
      'missing data',
      (entry) => {
        rmSync(store.dataOf(entry));
      },
    ],
    [
      'a flipped byte in what is said about it',
      (entry) => {
        const file = path.join(path.dirname(store.dataOf(entry)), 'entry.json');
        writeFileSync(file, readFileSync(file, 'utf8').replace('web', 'wob'));
      },
    ],
    [
      'an empty description',
      (entry) => {
        writeFileSync(path.join(path.dirname(store.dataOf(entry)), 'entry.json'), '');
      },
    ],
  ])('%s: as if there was no entry', async (_, damage) => {
    damage(await add('k', 'content'));
    expect(await store.find('root', 'k')).toBeUndefined();
    // It can be made anew.
    await add('k', 'content');
    expect(await store.find('root', 'k')).toBeDefined();
  });

  test('a writer that is killed leaves no entry, and goes away later', async () => {
    const partial = path.join(folder, 'root', '.partial-1');
    await add('k', 'content');
    mkdirSync(partial);
    writeFileSync(path.join(partial, 'data'), 'con');
    expect((await store.list()).map(({ key }) => key)).toEqual(['k']);
    expect(readdirSync(path.join(folder, 'root'))).toContain('.partial-1');
    utimesSync(partial, 1, 1);
    await store.list();
    expect(readdirSync(path.join(folder, 'root'))).toEqual(['k']);
  });

  test('a note with a flipped byte is none', async () => {
    await store.writeNote('n', { a: 1 });
    expect(await store.readNote('n')).toEqual({ a: 1 });
    const file = path.join(folder, 'notes', 'n');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"a"', '"b"'));
    expect(await store.readNote('n')).toBeUndefined();
  });
});

test('of two builds that make the same layer the first one counts', async () => {
  const about = { kind: 'root', key: 'k', what: 'web', meta: null } as const;
  const [one, two] = await Promise.all(
    ['first', 'other'].map((content) => store.add(about, written(content))),
  );
  expect(one?.sha256).toBe(two?.sha256);
  expect(readdirSync(path.join(folder, 'root'))).toEqual(['k']);
});

test("builds that replace the same layer at once do not get into each other's way", async () => {
  const replace = async (content: string): Promise<void> => {
    const own = await open();
    for (let round = 0; round < 50; round += 1) {
      await own.remove({ kind: 'root', key: 'k' });
      await own.add({ kind: 'root', key: 'k', what: 'web', meta: null }, written(content));
    }
  };
  await Promise.all(['one', 'two', 'three'].map(replace));
  const entry = await store.find('root', 'k');
  expect(entry && (await store.isWhole(entry))).toBe(true);
  expect(readdirSync(path.join(folder, 'root'))).toEqual(['k']);
});

test('builds that begin at once have one secret', async () => {
  const place = path.join(folder, 'new');
  const stores = await Promise.all(Array.from({ length: 8 }, () => open(place)));
  expect(new Set(stores.map(({ secret }) => secret.toString('hex'))).size).toBe(1);
  expect(stores[0]?.secret).toHaveLength(32);
  expect(readdirSync(place)).toEqual(['secret']);
});

test('a layer that can not be made is no entry, and nothing is left of it', async () => {
  const about = { kind: 'root', key: 'k', what: 'web', meta: null } as const;
  await expect(store.add(about, () => Promise.reject(new Error('tar failed')))).rejects.toThrow(
    'tar failed',
  );
  const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
  expect(await store.add(about, () => Promise.reject(full))).toBeUndefined();
  expect(readdirSync(path.join(folder, 'root'))).toEqual([]);
});

test('what was not used for longest goes first', async () => {
  for (const [index, key] of ['old', 'middle', 'new'].entries()) {
    const entry = await add(key, '0123456789');
    utimesSync(path.join(path.dirname(store.dataOf(entry)), 'entry.json'), index + 1, index + 1);
  }
  // Finding is using.
  await store.find('root', 'old');
  // What they take of the file system counts.
  const [{ room } = { room: 0 }] = await store.list();
  expect((await store.prune(2 * room)).map(({ key }) => key)).toEqual(['middle']);
  expect((await store.list()).map(({ key }) => key)).toEqual(['old', 'new']);
  expect(await store.prune(2 * room)).toEqual([]);
  expect(await store.prune(0)).toHaveLength(2);
});

test('a disk counts with what it has, and keeps its holes', async () => {
  const sparse = path.join(folder, 'sparse');
  writeFileSync(sparse, 'start');
  truncateSync(sparse, 64 * 1024 ** 2);
  const sha256 = await contentHash(sparse);
  const about = { kind: 'disk', key: 'd', what: 'web', meta: null } as const;
  const entry = await store.add(about, async (file) => {
    await rename(sparse, file);
    return { bytes: 64 * 1024 ** 2, sha256 };
  });
  if (entry === undefined) throw new Error('no entry');
  expect(await store.isWhole(entry)).toBe(true);
  const [listed] = await store.list();
  expect(listed).toMatchObject({ bytes: 64 * 1024 ** 2 });
  expect(listed?.room).toBeLessThan(1024 ** 2);
  const copy = path.join(folder, 'copy');
  await store.copy(entry, copy);
  expect(statSync(copy)).toMatchObject({ size: 64 * 1024 ** 2 });
  expect(statSync(copy).blocks * 512).toBeLessThan(1024 ** 2);
  writeFileSync(store.dataOf(entry), 'x', { flag: 'r+' });
  await expect(store.copy(entry, path.join(folder, 'again'))).rejects.toThrow(DamagedEntry);
});

test('where nothing can be written there is no cache', async () => {
  const locked = path.join(folder, 'file');
  writeFileSync(locked, '');
  expect(await Store.open(path.join(locked, 'cache'))).toBeUndefined();
  chmodSync(locked, 0o600);
});
