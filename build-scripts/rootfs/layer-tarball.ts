import { writeFile } from 'node:fs/promises';
import type { BuildLog } from '../host/build-log.ts';
import { CommandError, UserError } from '../host/errors.ts';
import type { Sandbox } from '../host/sandbox.ts';

/** Bytes at a time: these blocks of 512. */
const BLOCKING = '--blocking-factor=128';

/** How tar says that a write came short: only with its next one would it learn the reason. */
const FULL = /No space left on device|Disk quota exceeded|Wrote only \d+ of \d+ bytes/;

/**
 * Writes the root as it is, times to the nanosecond. Not compressed: a layer is written once and read
 * often, here.
 * @throws UserError when there is no space for it
 * @throws CommandError
 */
export async function saveLayer(
  root: string,
  file: string,
  sandbox: Sandbox,
  log: BuildLog,
): Promise<void> {
  const command = [
    ...['tar', '--create', '--file', file, '--directory', root, '--numeric-owner'],
    '--format=posix',
    BLOCKING,
    ...['--pax-option=delete=atime,delete=ctime', '--xattrs', '--acls', '--one-file-system'],
    ...['--anchored', '--no-wildcards-match-slash', '--exclude=./dev/*'],
    // apt's own, 72 MB: faster made anew than read again.
    ...['--exclude=./var/cache/apt/*pkgcache.bin', '.'],
  ];
  // As tar would make it, everybody could read it.
  await writeFile(file, '', { mode: 0o600 });
  await sandbox.run(command, { log }).catch((error: unknown) => {
    const isFull = error instanceof CommandError && error.lastLines.some((line) => FULL.test(line));
    throw isFull ? new UserError(`there is no space left for ${file}`, { cause: error }) : error;
  });
}

/** Unpacks what {@link saveLayer} wrote. @throws CommandError */
export async function restoreLayer(
  file: string,
  root: string,
  sandbox: Sandbox,
  log: BuildLog,
): Promise<void> {
  await sandbox.run(['mkdir', '--', root], { log });
  await sandbox.run(
    [
      ...['tar', '--extract', '--file', file, '--directory', root, '--numeric-owner'],
      ...['--same-owner', '--preserve-permissions', '--delay-directory-restore', '--acls'],
      ...['--xattrs', '--xattrs-include=*', BLOCKING],
    ],
    { log },
  );
}
