import { pipeline } from 'node:stream/promises';
import { Parser, type ReadEntry } from 'tar';
import { UserError } from '../host/errors.ts';
import { contentMeter } from './measure-content.ts';
import { openTarball } from './unpack-tarball.ts';

/**
 * The same as `measureRoot` without unpacking: for `--dry-run`.
 * @throws UserError when the tarball is damaged
 */
export async function measureTarball(
  file: string,
  mounts: readonly string[],
): Promise<Record<string, number>> {
  const meter = contentMeter(mounts);
  const parser = new Parser({
    strict: true,
    onReadEntry(entry: ReadEntry) {
      const name = entry.path.replace(/^\.?\/*/, '').replace(/\/$/, '');
      if (name !== '')
        meter.add({ path: `/${name}`, size: entry.type === 'File' ? entry.size : 0 });
      entry.resume();
    },
  });
  try {
    await pipeline(await openTarball(file), parser as unknown as NodeJS.WritableStream);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} is damaged or cut off: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return { ...meter.contents };
}
