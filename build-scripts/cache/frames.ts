import { readFile, writeFile } from 'node:fs/promises';
import { hashBuffer } from '../host/hash-file.ts';
import type { FrameStore } from '../host/write-frames.ts';
import { digest } from './inputs.ts';
import type { Store } from './store.ts';

/** Changes with how frames are made: a tarball has no frames of two kinds. */
const MADE_BY = 'zstd, one thread per frame';

/** Compressed parts of tarballs in the cache. @param what for people: the profile */
export function cachedFrames(store: Store, what: string): FrameStore {
  const keyOf = (sha256: string, level: number): string => digest(MADE_BY, sha256, level);
  return {
    async find(sha256, level) {
      const entry = await store.find('frame', keyOf(sha256, level));
      if (entry === undefined) return undefined;
      const data = await readFile(store.dataOf(entry)).catch(() => undefined);
      if (data !== undefined && (await hashBuffer(data)) === entry.sha256) return data;
      await store.remove(entry);
      return undefined;
    },
    async add(sha256, level, frame) {
      const key = keyOf(sha256, level);
      await store.add({ kind: 'frame', key, what, meta: null }, async (file) => {
        await writeFile(file, frame);
        return { bytes: frame.length, sha256: await hashBuffer(frame) };
      });
    },
  };
}
