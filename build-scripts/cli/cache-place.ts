import path from 'node:path';
import { UserError } from '../host/errors.ts';
import { projectDir } from './project-dir.ts';

/** `--cache-dir`, `MKIMAGE_CACHE`, or `obj/cache` of the project. */
export function cacheDirectory(given?: string): string {
  return path.resolve(given ?? process.env.MKIMAGE_CACHE ?? path.join(projectDir, 'obj', 'cache'));
}

const GIB = 1024 ** 3;
const DEFAULT_LIMIT = '20G';

/** Bytes that the cache may have after a build: `MKIMAGE_CACHE_SIZE`. @throws UserError */
export function cacheLimit(
  given: string = process.env.MKIMAGE_CACHE_SIZE ?? DEFAULT_LIMIT,
): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([MGT])$/.exec(given) ?? [];
  const bytes = Number(number) * { M: GIB / 1024, G: GIB, T: GIB * 1024, '': NaN }[unit as 'M'];
  if (number !== '' && Number.isFinite(bytes)) return bytes;
  throw new UserError(`"${given}" is no size for the cache`, { hint: 'write it like 20G' });
}
