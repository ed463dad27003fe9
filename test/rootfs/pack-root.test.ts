import path from 'node:path';
import { expect, test } from '@jest/globals';
import { openBuildLog } from '../../build-scripts/host/build-log.ts';
import type { WrittenFile } from '../../build-scripts/host/write-compressed.ts';
import { packRoot, rootTarCommand } from '../../build-scripts/rootfs/pack-root.ts';
import { run } from '../support/command.ts';
import { firstReason, needsPrograms } from '../support/needs.ts';
import { needsSandbox } from '../support/needs-sandbox.ts';
import { inSandbox } from '../support/open-sandbox.ts';
import { temporaryFolder } from '../support/project.ts';
import { describeUnless } from '../support/test-unless.ts';

/** In the past, so that what the tests make is younger. */
const EPOCH = 1_700_000_000;

/** A root with a bit of everything; $1: names in the order in which they are made. */
const MAKE_ROOT = `set -eu
mkdir -p "$1" && cd "$1"
mkdir dev etc tmp var
for name in $2; do echo "$name" >"etc/$name"; done
ln -s etc/a link
ln etc/a hard
chown 0:42 etc/b
chmod 4755 etc/b
touch -d @${EPOCH - 1000} etc/a
touch -d @${EPOCH + 9000} etc/b
chmod 1777 tmp
mknod -m 666 dev/null c 1 3 2>/dev/null || : >dev/null
mkdir dev/pts
truncate -s 1M var/sparse
touch -h -d @${EPOCH - 1000} link
`;

async function pack(
  names: string,
  folder: string,
  inBackground = false,
): Promise<WrittenFile & { progress: number[] }> {
  const progress: number[] = [];
  const written = await inSandbox(async (sandbox) => {
    const root = path.join(sandbox.tree, 'root');
    await sandbox.run(['/bin/sh', '-c', MAKE_ROOT, 'sh', root, names]);
    return packRoot({
      root,
      sandbox,
      log: openBuildLog(path.join(folder, 'build.log')),
      target: path.join(folder, 'rootfs.tar.zst'),
      epoch: EPOCH,
      level: 3,
      inBackground,
      onProgress: (bytesIn) => progress.push(bytesIn),
    });
  });
  return { ...written, progress };
}

test('the arguments name the root once, and no other path', () => {
  const command = rootTarCommand('/w/root', EPOCH);
  expect(command.filter((argument) => argument.includes('/w/root'))).toEqual(['/w/root']);
  expect(command).toContain(`--mtime=@${EPOCH}`);
  expect(command.at(-1)).toBe('.');
});

describeUnless(firstReason(needsPrograms('tar', 'zstd'), needsSandbox()), 'a packed root', () => {
  const folder = temporaryFolder();

  test('has everything but devices, with owners, modes and no time after the epoch', async () => {
    const written = await pack('a b', folder);
    const listing = await run(
      ['tar', '--utc', '--full-time', '--numeric-owner', '-tvf', written.path],
      { env: { LC_ALL: 'C' } },
    );
    const epoch = '2023-11-14 22:13:20';
    const earlier = '2023-11-14 21:56:40';
    expect(listing.replace(/ +/g, ' ').split('\n')).toEqual([
      `drwxr-xr-x 0/0 0 ${epoch} ./`,
      `drwxr-xr-x 0/0 0 ${epoch} ./dev/`,
      `drwxr-xr-x 0/0 0 ${epoch} ./etc/`,
      `-rw-r--r-- 0/0 2 ${earlier} ./etc/a`,
      `-rwsr-xr-x 0/42 2 ${epoch} ./etc/b`,
      `hrw-r--r-- 0/0 0 ${earlier} ./hard link to ./etc/a`,
      `lrwxrwxrwx 0/0 0 ${earlier} ./link -> etc/a`,
      `drwxrwxrwt 0/0 0 ${epoch} ./tmp/`,
      `drwxr-xr-x 0/0 0 ${epoch} ./var/`,
      `-rw-r--r-- 0/0 1048576 ${epoch} ./var/sparse`,
    ]);
    expect(written.progress.at(-1)).toBe(written.bytesIn);
  });

  test('is the same for two roots that differ only in when and in which order they were made, and how urgently packed', async () => {
    const first = await pack('a b c', temporaryFolder());
    const second = await pack('c b a', temporaryFolder(), true);
    expect(second.sha256).toBe(first.sha256);
  });
});
