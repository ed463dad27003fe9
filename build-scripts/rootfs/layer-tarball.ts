import type { Readable } from 'node:stream';
import { DecompressStream } from 'zstd-napi';
import type { BuildLog } from '../host/build-log.ts';
import type { Sandbox } from '../host/sandbox.ts';
import { writeCompressed } from '../host/write-compressed.ts';

/** A layer is written once and read often, here: speed counts more than size. */
const LEVEL = 1;

/** Writes the root as it is, times to the nanosecond. @throws UserError when there is no space */
export async function saveLayer(
  root: string,
  file: string,
  sandbox: Sandbox,
  log: BuildLog,
): Promise<void> {
  const command = [
    ...['tar', '--create', '--directory', root, '--numeric-owner', '--format=posix'],
    ...['--pax-option=delete=atime,delete=ctime', '--xattrs', '--acls', '--one-file-system'],
    ...['--anchored', '--no-wildcards-match-slash', '--exclude=./dev/*', '.'],
  ];
  const packed = sandbox.pipe(command, { log });
  const written = writeCompressed(packed.stdout, file, { level: LEVEL });
  await Promise.all([written, packed.done]);
}

/**
 * Unpacks what {@link saveLayer} wrote.
 * @throws the error of the stream; CommandError
 */
export async function restoreLayer(
  layer: Readable,
  root: string,
  sandbox: Sandbox,
  log: BuildLog,
): Promise<void> {
  const zstd = new DecompressStream();
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    zstd.destroy(error);
  };
  layer.on('error', fail);
  zstd.on('error', fail);
  const command = [
    ...['tar', '--extract', '--directory', root, '--numeric-owner', '--same-owner'],
    ...['--preserve-permissions', '--delay-directory-restore', '--acls'],
    ...['--xattrs', '--xattrs-include=*'],
  ];
  await sandbox.run(['mkdir', '--', root], { log });
  try {
    await sandbox.run(command, { log, input: layer.pipe(zstd) });
  } catch (error) {
    throw failure ?? error;
  }

  if (failure !== undefined) throw failure;
}
