import { existsSync } from 'node:fs';
import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { profileName } from '../config/load-profile.ts';
import { formatBytes } from '../host/format.ts';
import { UserError } from '../host/errors.ts';
import { withLock } from '../host/lock.ts';
import { parsePublishedName } from '../publish/names.ts';
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
  const given = (args.profile ?? []).map(profileName);
  const names = given.length > 0 ? given : existsSync(root) ? await readdir(root) : [];
  let bytes = 0;
  let files = 0;
  for (const name of names) {
    const directory = path.join(root, name);
    if (!existsSync(directory))
      throw new UserError(`there is nothing of "${name}" in ${root}`, {
        hint: 'profiles are named without folder and ending',
      });
    const unlock = await withLock(directory, name);
    try {
      for (const file of await obsoleteFiles(directory, name, args.keep)) {
        const { size } = await lstat(file);
        await rm(file, { recursive: true });
        bytes += size;
        files++;
      }
    } finally {
      unlock();
    }
    if ((await readdir(directory)).length === 0) await rmdir(directory);
  }
  process.stdout.write(
    `removed ${files} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}\n`,
  );
  return 0;
}

async function obsoleteFiles(directory: string, profile: string, keep: number): Promise<string[]> {
  const names = await readdir(directory);
  const published = names
    .map((name) => parsePublishedName(profile, name))
    .filter((name) => name !== undefined);
  const epochs = [...new Set(published.map(({ epoch }) => epoch))].sort((a, b) => b - a);
  const old = new Set(epochs.slice(keep));
  // Without any build left, symlinks, log and checksums are of no use either. Files of others stay.
  const ours = (name: string): boolean =>
    ['build.log', 'shell.log', 'SHA256SUMS'].includes(name) ||
    (name.startsWith(`${profile}_`) && parsePublishedName(profile, name) === undefined);
  return [
    ...published.filter(({ epoch }) => old.has(epoch)).map(({ file }) => file),
    ...(keep === 0 || epochs.length === 0 ? names.filter(ours) : []),
    ...names.filter((name) => name.startsWith('.partial-')),
  ].map((name) => path.join(directory, name));
}
