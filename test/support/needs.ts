import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import type { SkipReason } from './test-unless.ts';

/** The checkout that is tested. */
export const project = path.resolve(import.meta.dirname, '../..');

export const isRoot = process.geteuid?.() === 0;

const folders = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];

function isInstalled(program: string): boolean {
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A reason to skip when a program is missing. */
export function needsPrograms(...programs: readonly string[]): SkipReason {
  const missing = programs.filter((program) => !isInstalled(program));
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

/** A reason to skip when a file is missing. */
export function needsFiles(...files: readonly string[]): SkipReason {
  const missing = files.filter((file) => !existsSync(file));
  return missing.length === 0 ? undefined : `not there: ${missing.join(', ')}`;
}

export const needsRoot: SkipReason = isRoot ? undefined : 'needs root';

/** What keeps this machine from making an ordinary user that can build images. */
export function needsOrdinaryUser(): SkipReason {
  if (!isRoot) return 'needs root, to add a user for it';
  const missing = needsPrograms('useradd', 'userdel', 'setpriv', 'newuidmap');
  if (missing !== undefined) return missing;
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  const tried = spawnSync('setpriv', [...nobody, 'unshare', '--user', 'true'], { cwd: '/' });
  return tried.status === 0 ? undefined : 'this machine gives ordinary users no user namespaces';
}

/** What keeps this machine from starting containers. */
export function needsContainers(): SkipReason {
  if (!isRoot) return needsRoot;
  if (!existsSync('/sys/fs/cgroup/cgroup.controllers') && !existsSync('/sys/fs/cgroup/systemd')) {
    return 'no control groups are mounted';
  }
  return needsPrograms('systemd-nspawn', 'lxc-start', 'lxc-info', 'nsenter');
}

/** The first of several reasons. */
export function firstReason(...reasons: readonly SkipReason[]): SkipReason {
  return reasons.find((reason) => reason !== undefined);
}

/**
 * Tests that start many virtual machines: half an hour under emulation. `MKIMAGE_TEST_LONG=1` runs
 * them.
 */
export function needsPatience(): SkipReason {
  return process.env.MKIMAGE_TEST_LONG === '1'
    ? undefined
    : 'takes half an hour of emulation; set MKIMAGE_TEST_LONG=1';
}
