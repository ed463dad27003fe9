import { createReadStream } from 'node:fs';
import { DecompressStream } from 'zstd-napi';
import type { Sandbox } from './sandbox.ts';

/**
 * Unpacks a root file system tarball of ours, with all that belongs to its files. For tarballs of
 * others, which may be hostile, see disk/unpack-tarball.ts.
 * @param root new directory in the sandbox's `tree`
 */
export async function unpackRoot(tarball: string, root: string, sandbox: Sandbox): Promise<void> {
  await sandbox.run(['mkdir', root]);
  await sandbox.run(
    [
      ...['tar', '--extract', '--directory', root, '--numeric-owner', '--preserve-permissions'],
      ...['--delay-directory-restore', '--acls', '--xattrs', '--xattrs-include=*'],
    ],
    { input: createReadStream(tarball).pipe(new DecompressStream()) },
  );
}
