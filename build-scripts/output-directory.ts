import { constants } from 'node:fs';
import { access, readdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './host/errors.ts';
import { makeFolder } from './host/file-owner.ts';
import { formatBytes } from './host/format.ts';

/** Unfinished files of a build; nobody but the holder of the folder's lock makes them. */
export const PARTIAL = '.partial-';

/** Removes what a build left that was killed with SIGKILL. */
export async function removePartial(directory: string): Promise<void> {
  for (const name of await readdir(directory))
    if (name.startsWith(PARTIAL))
      await rm(path.join(directory, name), { recursive: true, force: true });
}

/**
 * Makes `obj/<profile>`, for the caller when that is sudo.
 * @throws UserError when nothing can be written there
 */
export async function prepareDirectory(directory: string): Promise<void> {
  await makeFolder(directory).catch((error: unknown) => {
    throw notWritable(directory, error);
  });
  await access(directory, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw notWritable(directory, error);
  });
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'it is on a read-only file system',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'it is a file',
  ENOSPC: 'there is no space left on the device',
};

function notWritable(directory: string, error: unknown): UserError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new UserError(`cannot write to ${directory}: ${REASONS[code] ?? message}`, {
    hint: 'choose another folder with -O, or run it as the owner of this one',
    cause: error,
  });
}

/** Bytes that no build gets by with less of: a tarball; a small disk and each format of it. */
const LEAST = { rootfs: 16e6, disk: 256e6, format: 64e6 };

/**
 * A build would run for a minute and then find the disk full.
 * @param wanted whether a disk is made, and how many formats
 * @throws UserError when the folder has too little room for even a small image
 */
export async function requireRoom(
  directory: string,
  wanted: { readonly disk: boolean; readonly formats: number },
): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const least = LEAST.rootfs + (wanted.disk ? LEAST.disk + wanted.formats * LEAST.format : 0);
  if (bavail * bsize >= least) return;
  throw new UserError(
    `${directory} has ${formatBytes(bavail * bsize)} left, and this build needs ${formatBytes(least)} or more`,
    { hint: 'make room there (mkimage clean), or choose another folder with -O' },
  );
}
