import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eventually } from './command.ts';

/** Folder that all files of one test run share; made by global-setup.js, removed by its opposite. */
export function sharedFolder(): string {
  const folder = process.env.MKIMAGE_TEST_SHARED;
  if (folder === undefined) throw new Error('MKIMAGE_TEST_SHARED is not set: no integration test?');
  return folder;
}

/**
 * Makes something once for all test files, whichever asks first; the others wait for it.
 * @param make gets an empty folder of its own; what it returns has to survive JSON
 * @throws Error for everybody when it could not be made
 */
export async function once<T>(name: string, make: (folder: string) => Promise<T>): Promise<T> {
  const folder = path.join(sharedFolder(), name);
  const done = `${folder}.done`;
  const failed = `${folder}.failed`;
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await eventually(`${name} is made`, () => existsSync(done) || existsSync(failed), 600);
    if (existsSync(failed)) throw new Error(await readFile(failed, 'utf8'), { cause: error });
    return JSON.parse(await readFile(done, 'utf8')) as T;
  }
  try {
    const made = await make(folder);
    await writeFile(`${done}.new`, JSON.stringify(made));
    await rename(`${done}.new`, done);
    return made;
  } catch (error) {
    await writeFile(failed, error instanceof Error ? (error.stack ?? '') : String(error));
    throw error;
  }
}
