import type { NodeType } from './nodes/node-kind.ts';
import { isBelow } from './walk.ts';

/** Where Debian runs programs of packages from: `noexec` would stop dpkg. */
const RUNS_MAINTAINER_SCRIPTS = ['/var', '/var/lib', '/var/lib/dpkg'];

/** fstab options of a mount point when the layout does not give any. */
export function defaultMountOptions(mount: string, type: NodeType): string {
  if (mount === '/') return type === 'ext4' ? 'relatime,user_xattr,errors=remount-ro' : 'relatime';
  if (mount === '/boot/efi') return 'noatime,umask=0077';
  if (mount === '/boot') return 'noatime,nodev,nosuid';
  // sudo and su are in /usr/bin.
  if (mount === '/usr') return 'relatime,nodev';
  if (isBelow(mount, '/usr') || RUNS_MAINTAINER_SCRIPTS.includes(mount))
    return 'relatime,nodev,nosuid';
  if (isBelow(mount, '/var/log') || isBelow(mount, '/var/cache'))
    return 'noatime,nodev,nosuid,noexec';
  return 'relatime,nodev,nosuid,noexec';
}

export const SWAP_OPTIONS = 'sw,nofail';
