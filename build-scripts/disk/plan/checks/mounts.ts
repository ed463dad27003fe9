import type { DiskFile } from '../../../config/disk-schema.ts';
import type { PlanContext } from '../context.ts';
import { SNAPSHOTS_MOUNT } from '../nodes/btrfs-subvolumes.ts';
import { ESP_MOUNT } from '../partition-types.ts';
import { isBelow, mountsOf, type MountOf } from '../walk.ts';

/** Reports mount points that are wrong by themselves, together, or for what is mounted there. */
export function checkMounts(disk: DiskFile, context: PlanContext): void {
  const mounts = mountsOf(disk);
  const first = new Map<string, MountOf>();
  for (const entry of mounts) {
    const { mount, path } = entry;
    const wrong = wrongMountPoint(mount);
    if (wrong !== undefined) context.mistake(path, ...wrong);
    else if (mount !== '/') checkParent(entry, mounts, context);

    const other = first.get(mount);
    if (other === undefined) first.set(mount, entry);
    else {
      const line = context.locate(other.path)?.line;
      context.mistake(
        path,
        mount === '/' ? 'two roots: / is mounted twice' : `${mount} is mounted twice`,
        line === undefined ? undefined : `the first one is in line ${line}`,
      );
    }
    if (mount === '/' && entry.node.type === 'vfat')
      context.mistake(
        path,
        'a vfat can not be the root: it knows no owners, modes and symlinks',
        'take ext4 or btrfs',
      );
  }
  if (!first.has('/'))
    context.mistake(
      ['partitions'],
      'no root: nothing is mounted at /',
      'write "mount: /" in the ext4 or btrfs for it; a swap can not be one',
      'key',
    );
}

/** Folders that the kernel or systemd mount themselves, or that are needed before fstab is read. */
const NOT_TO_MOUNT: Readonly<Record<string, string>> = {
  '/dev': 'the kernel mounts its devices there',
  '/proc': 'the kernel mounts its processes there',
  '/run': 'systemd keeps its state in memory there',
  '/sys': 'the kernel mounts its devices there',
  '/etc': '/etc/fstab is read to find out what to mount',
  '/boot/grub': 'GRUB looks for it in the file system that holds /boot, before anything is mounted',
};
const SYMLINK = 'it is a symlink into /usr';
const LINKS_INTO_USR = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** @returns message and hint */
function wrongMountPoint(mount: string): [string, string?] | undefined {
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(mount)) return ['the mount point has control characters in it'];
  const steps = mount.split('/').filter((step) => step !== '' && step !== '.');
  if (steps.includes('..')) return [`${mount} is not a mount point`, 'write the path without ".."'];
  const plain = `/${steps.join('/')}`;
  if (plain !== mount) return [`${mount} is not a mount point`, `write it like ${plain}`];
  for (const [directory, reason] of Object.entries(NOT_TO_MOUNT))
    if (mount === directory || (directory !== '/etc' && isBelow(mount, directory)))
      return [`nothing can be mounted at ${mount}: ${reason}`];
  if (LINKS_INTO_USR.some((link) => isBelow(mount, link)))
    return [`nothing can be mounted at ${mount}: ${SYMLINK}`, 'mount it below /usr'];
  return undefined;
}

/** Some places are no good to mount below. */
function checkParent(
  { mount, path }: MountOf,
  mounts: readonly MountOf[],
  context: PlanContext,
): void {
  for (const [parent, reason] of [
    [ESP_MOUNT, 'it belongs to the firmware'],
    [SNAPSHOTS_MOUNT, 'it belongs to snapper'],
  ] as const)
    if (
      mount !== parent &&
      isBelow(mount, parent) &&
      mounts.some((other) => other.mount === parent)
    )
      context.mistake(path, `nothing can be mounted below ${parent}: ${reason}`);
}
