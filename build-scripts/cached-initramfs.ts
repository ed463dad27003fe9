import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { digest } from './cache/inputs.ts';
import type { Store } from './cache/store.ts';
import type { InitramfsRecord, InitramfsStore } from './disk/configure/initramfs-cache.ts';

/**
 * Initramfs images in the cache.
 * @param what for people: the profile
 * @param common what else makes a difference: versions of tools, a pinned time
 */
export function cachedInitramfs(
  store: Store,
  what: string,
  common: () => readonly unknown[],
): InitramfsStore {
  const keyOf = (key: string): string => digest(key, ...common());
  return {
    async find(given) {
      const entry = await store.find('initramfs', keyOf(given));
      if (entry === undefined) return undefined;
      if (!(await store.isWhole(entry))) {
        await store.remove(entry);
        return undefined;
      }
      return { data: store.read(entry), about: entry.meta as InitramfsRecord };
    },
    async add(given, about, data) {
      const key = keyOf(given);
      // The names are the same, and something that was read is not.
      await store.remove({ kind: 'initramfs', key });
      await store.add({ kind: 'initramfs', key, what, meta: about }, async (file) => {
        await pipeline(data, createWriteStream(file, { mode: 0o600 }));
        return undefined;
      });
    },
  };
}
