import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { DecompressStream } from 'zstd-napi';
import type { BuildLog } from '../host/build-log.ts';
import { CommandError, UserError } from '../host/errors.ts';
import type { Sandbox } from '../host/sandbox.ts';
import type { ToolRunner } from './tool-runner.ts';

/** What tar says when there is no room where it unpacks. */
const FULL = /No space left on device|Disk quota exceeded/;

/** First bytes of a zstd frame: RFC 8878, section 3.1.1. */
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/**
 * The tarball as it comes out of zstd.
 * @param onProgress gets the compressed bytes read so far
 * @throws UserError when the file cannot be read or is not compressed with zstd
 */
export async function openTarball(
  file: string,
  onProgress?: (bytes: number) => void,
): Promise<NodeJS.ReadableStream & AsyncIterable<Buffer>> {
  const start = Buffer.alloc(ZSTD_MAGIC.length);
  try {
    const handle = await open(file, 'r');
    await handle.read(start, 0, start.length, 0);
    await handle.close();
  } catch (error) {
    throw new UserError(`the tarball ${file} can not be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (!start.equals(ZSTD_MAGIC)) {
    throw new UserError(`${file} is not compressed with zstd`, {
      hint: 'a root file system tarball as mkimage makes it is a .tar.zst; others: zstd FILE.tar',
    });
  }
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      onProgress?.(bytes);
      done(null, chunk);
    },
  });
  const source = createReadStream(file, { highWaterMark: 1024 ** 2 });
  const output = new DecompressStream();
  source.on('error', (error) => output.destroy(error));
  return source.pipe(counter).pipe(output);
}

/**
 * Unpacks a root file system tarball: owners, modes, extended attributes, ACLs; device nodes are left
 * out. It runs in the tools tree, so that a hostile tarball can reach nothing of the host.
 * @param root new directory, absolute, in the sandbox's workspace
 * @throws UserError when the tarball is damaged
 * @throws CommandError when this machine ended tar: no room, a signal
 */
export async function unpackTarball(
  file: string,
  root: string,
  tools: ToolRunner,
  onProgress?: (bytes: number) => void,
): Promise<void> {
  const stream = await openTarball(file, onProgress);
  let damage: Error | undefined;
  stream.on('error', (error: Error) => {
    damage = error;
  });
  try {
    await tools.run(['mkdir', '-m', '755', root]);
    const command = [
      ...['tar', '--extract', '--directory', root, '--numeric-owner', '--same-owner'],
      ...['--preserve-permissions', '--delay-directory-restore', '--acls'],
      ...['--xattrs', '--xattrs-include=*', '--exclude=./dev/*', '--exclude=dev/*'],
    ];
    await tools.run(command, { input: stream as never, logCommand: ['tar', '--extract', file] });
  } catch (error) {
    // First: a tar that ends early damages its input, too.
    if (isOfThisMachine(error)) throw error;
    if (damage === undefined && !(error instanceof CommandError)) throw error;
    throw new UserError(`${file} is damaged or cut off`, {
      hint: 'compare it with its SHA256SUMS, and copy or build it again',
      cause: damage ?? error,
    });
  }
  if (damage !== undefined) {
    throw new UserError(`${file} is damaged or cut off`, {
      hint: 'compare it with its SHA256SUMS, and copy or build it again',
      cause: damage,
    });
  }
}

/** Whether tar was ended by something that the tarball has no part in. */
function isOfThisMachine(error: unknown): boolean {
  if (!(error instanceof CommandError)) return false;
  const { signal, commandExitCode = 0, lastLines } = error;
  // A shell or the sandbox says 128 + N for signal N; tar's own codes are 1 and 2.
  return signal !== undefined || commandExitCode > 128 || lastLines.some((line) => FULL.test(line));
}

/**
 * Makes a tree that was packed what {@link unpackTarball} would give: without device nodes, and nothing
 * in it younger.
 * @param epoch seconds since 1970
 * @throws CommandError
 */
export async function leaveAsUnpacked(
  root: string,
  epoch: number,
  sandbox: Sandbox,
  log: BuildLog,
): Promise<void> {
  await sandbox.run(['/bin/sh', '-euc', AS_UNPACKED, 'sh', root, `@${epoch}`], { log });
}

const AS_UNPACKED = `find "$1/dev" -xdev -mindepth 1 -delete
find "$1" -xdev -newermt "$2" -exec touch --no-dereference --date="$2" -- {} +`;
