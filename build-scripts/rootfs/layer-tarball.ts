import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { BuildLog } from '../host/build-log.ts';
import { runAll } from '../host/run-all.ts';
import type { Sandbox } from '../host/sandbox.ts';

/** Bytes at a time: these blocks of 512. */
const BLOCKING = '--blocking-factor=128';

/**
 * Writes the root as it is, times to the nanosecond. Not compressed: a layer is written once and read
 * often, here.
 */
export async function saveLayer(
  root: string,
  file: string,
  sandbox: Sandbox,
  log: BuildLog,
): Promise<void> {
  const command = [
    ...['tar', '--create', '--directory', root, '--numeric-owner', '--format=posix'],
    BLOCKING,
    ...['--pax-option=delete=atime,delete=ctime', '--xattrs', '--acls', '--one-file-system'],
    ...['--anchored', '--no-wildcards-match-slash', '--exclude=./dev/*', '.'],
  ];
  const packed = sandbox.pipe(command, { log });
  const written = pipeline(packed.stdout, createWriteStream(file, { mode: 0o600 }));
  await runAll([written, packed.done]);
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
