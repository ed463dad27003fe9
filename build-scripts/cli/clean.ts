import { existsSync, statSync } from 'node:fs';
import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { profileName } from '../config/load-profile.ts';
import { formatBytes } from '../host/format.ts';
import { UserError } from '../host/errors.ts';
import { withLock } from '../host/lock.ts';
import { parsePublishedName } from '../publish/names.ts';
import { updateChecksums } from '../publish/publish.ts';
import { outputRoot, type CommonArguments } from './common.ts';

export interface CleanArguments extends CommonArguments {
  readonly profile?: readonly string[] | undefined;
  readonly keep: number;
  readonly outputDir?: string | undefined;
}

/** `mkimage clean`: removes builds, the newest `--keep` of each profile excepted. */
export async function clean(args: CleanArguments): Promise<number> {
  if (!Number.isInteger(args.keep) || args.keep < 0)
    throw new UserError('--keep takes a whole number, 0 or more');
  const root = outputRoot(args.outputDir);
  const present = existsSync(root) ? (await readdir(root)).filter(isFolderIn(root)) : [];
  const given = (args.profile ?? []).map(profileName);
  const missing = given.find((name) => !present.includes(name));
  if (missing !== undefined)
    throw new UserError(`there is nothing of "${missing}" in ${root}`, {
      hint: 'profiles are named without folder and ending',
    });
  let bytes = 0;
  let files = 0;
  for (const name of given.length > 0 ? given : present) {
    const removed = await cleanFolder(path.join(root, name), name, args.keep);
    bytes += removed.bytes;
    files += removed.files;
  }
  process.stdout.write(
    `removed ${files} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}\n`,
  );
  return 0;
}

const isFolderIn =
  (root: string) =>
  (name: string): boolean =>
    statSync(path.join(root, name), { throwIfNoEntry: false })?.isDirectory() === true;

/** @throws UserError when a build is at work there */
async function cleanFolder(
  directory: string,
  profile: string,
  keep: number,
): Promise<{ files: number; bytes: number }> {
  const unlock = await withLock(directory, profile);
  try {
    const removed = { files: 0, bytes: 0 };
    const remove = async (name: string): Promise<void> => {
      const file = path.join(directory, name);
      removed.bytes += (await lstat(file)).size;
      removed.files++;
      await rm(file, { recursive: true });
    };
    for (const name of obsoleteFiles(await readdir(directory), profile, keep)) await remove(name);
    for (const name of await readdir(directory))
      if (await isDeadLink(path.join(directory, name), profile)) await remove(name);
    // A folder in which there was nothing to do may be somebody else's.
    if (removed.files > 0) await updateChecksums(directory);
    const left = await readdir(directory);
    const isBuilt = left.some((name) => parsePublishedName(profile, name) !== undefined);
    if (!isBuilt && (removed.files > 0 || left.every(isLog)))
      for (const name of left.filter(isLog)) await remove(name);
    if (removed.files === 0) return removed;
    if ((await readdir(directory)).length === 0) await rmdir(directory);
    return removed;
  } finally {
    unlock();
  }
}

const isLog = (name: string): boolean => name === 'build.log' || name === 'shell.log';

/** Of the names in a profile's folder: old builds, and the rest of killed ones. */
function obsoleteFiles(names: readonly string[], profile: string, keep: number): string[] {
  const published = names
    .map((name) => parsePublishedName(profile, name))
    .filter((name) => name !== undefined);
  const epochs = [...new Set(published.map(({ epoch }) => epoch))].sort((a, b) => b - a);
  const old = new Set(epochs.slice(keep));
  return [
    ...published.filter(({ epoch }) => old.has(epoch)).map(({ file }) => file),
    ...names.filter((name) => name.startsWith('.partial-')),
  ];
}

/** Whether it is a link to the newest file of its kind, of which there is none any more. */
async function isDeadLink(file: string, profile: string): Promise<boolean> {
  return (
    path.basename(file).startsWith(`${profile}_`) &&
    (await lstat(file)).isSymbolicLink() &&
    !existsSync(file)
  );
}
