import { once } from 'node:events';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { run } from './command.ts';
import { FIRST_SUBORDINATE_ID } from './container.ts';

/** Unpacks a root file system tarball as `pct create` and `lxc-create` do; needs root. */
export async function unpack(tarball: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await run(unpackCommand(tarball, directory));
}

const unpackCommand = (tarball: string, directory: string): string[] => [
  ...['tar', '--extract', '--zstd', '--file', tarball, '--directory', directory],
  ...['--numeric-owner', '--preserve-permissions', '--same-owner'],
  ...['--xattrs', '--xattrs-include=*', '--acls'],
];

/** One line for each entry with type, mode, owner, size, time, name, and extended attributes. */
export async function listing(tarball: string): Promise<string[]> {
  const text = await run(
    [
      ...['tar', '--list', '--verbose', '--verbose', '--zstd', '--file', tarball],
      ...['--numeric-owner', '--full-time', '--xattrs', '--xattrs-include=*', '--acls'],
    ],
    { env: { LC_ALL: 'C.UTF-8', TZ: 'UTC' } },
  );
  return text.split('\n');
}

/** Names and hashes of all regular files below a folder, sorted. */
export async function hashes(directory: string): Promise<string[]> {
  const text = await run(['find', '.', '-type', 'f', '-exec', 'sha256sum', '--', '{}', '+'], {
    cwd: directory,
  });
  return text.split('\n').sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1));
}

/** Unpacks it as an unprivileged container manager does: as root of the container's user namespace. */
export async function unpackUnprivileged(tarball: string, directory: string): Promise<void> {
  await mkdir(directory);
  await chown(directory, FIRST_SUBORDINATE_ID, FIRST_SUBORDINATE_ID);
  // Root maps ids without newuidmap and its configuration. The namespace lasts as long as its cat.
  const holder = execa('unshare', ['--user', 'sh', '-c', 'echo made; exec cat'], { reject: false });
  try {
    await once(holder.stdout, 'data');
    for (const kind of ['uid', 'gid']) {
      const map = `/proc/${String(holder.pid)}/${kind}_map`;
      await writeFile(map, `0 ${FIRST_SUBORDINATE_ID} 65536`);
    }
    const enter = ['nsenter', '--target', String(holder.pid), '--user', '--'];
    await run([...enter, ...unpackCommand(tarball, directory)]);
  } finally {
    holder.stdin.end();
    await holder;
  }
}
