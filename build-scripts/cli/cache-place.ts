import path from 'node:path';
import type { Store } from '../cache/store.ts';
import { UserError } from '../host/errors.ts';
import { projectDir } from './project-dir.ts';

/** `--cache-dir`, `MKIMAGE_CACHE`, or `obj/cache` of the project. */
export function cacheDirectory(given?: string): string {
  return path.resolve(given ?? process.env.MKIMAGE_CACHE ?? path.join(projectDir, 'obj', 'cache'));
}

const GIB = 1024 ** 3;
const DEFAULT_LIMIT = '20G';

/** Bytes that a cache leaves to others on its file system. */
const LEFT_FREE = 2 * GIB;

/**
 * Bytes that the cache may have.
 * @param given like `20G`; otherwise `MKIMAGE_CACHE_SIZE`
 * @throws UserError
 */
export function cacheLimit(given?: string): number {
  const text = given ?? process.env.MKIMAGE_CACHE_SIZE ?? DEFAULT_LIMIT;
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([MGT])$/.exec(text) ?? [];
  const bytes = Number(number) * { M: GIB / 1024, G: GIB, T: GIB * 1024, '': NaN }[unit as 'M'];
  if (number !== '' && Number.isFinite(bytes)) return bytes;
  const where = given === undefined ? 'MKIMAGE_CACHE_SIZE: ' : '';
  throw new UserError(`${where}"${text}" is no size for the cache`, { hint: 'write it like 20G' });
}

/**
 * Makes room in a cache that has grown. The images are there by then: what prevents it is a warning.
 * @param limit bytes that may be left
 */
export async function pruneAfterBuild(
  store: Pick<Store, 'directory' | 'hasGrown' | 'prune'>,
  limit: number,
): Promise<void> {
  if (!store.hasGrown) return;
  try {
    await store.prune(limit, LEFT_FREE);
  } catch (error) {
    const { message } = error as Error;
    process.stderr.write(
      `warning: the cache ${store.directory} may be larger than wanted: ${message}\n`,
    );
  }
}
