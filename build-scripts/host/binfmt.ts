import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { UserError } from './errors.ts';

/** Kernel names of the machines whose programs this one runs by itself. */
const NATIVE: Readonly<Record<string, readonly string[]>> = { x64: ['x86_64'], arm64: ['aarch64'] };

export interface ForeignMachine {
  /** As `uname -m` says. */
  readonly machine: string;
  /** Name of the binfmt_misc entry and of the emulator. */
  readonly qemu: string;
}

/**
 * Makes sure that programs of `target` run here: natively or through binfmt_misc and qemu-user.
 * The entry must be loaded at registration (flag F), else it is not found inside a chroot.
 * @throws UserError
 */
export function requireBinfmt(target: ForeignMachine, folder = '/proc/sys/fs/binfmt_misc'): void {
  if (NATIVE[process.arch]?.includes(target.machine) === true) return;
  const entry = `${folder}/${target.qemu}`;
  const what = `building for ${target.machine} on ${os.machine()} needs qemu-user registered with binfmt_misc`;
  const hint = [
    'sudo apt install qemu-user-static binfmt-support',
    'then: sudo systemctl restart systemd-binfmt (in a container: on its host)',
  ].join('\n');
  if (!existsSync(entry)) throw new UserError(`${what}, but there is no ${entry}`, { hint });
  const text = readFileSync(entry, 'utf8');
  if (!text.startsWith('enabled'))
    throw new UserError(`${what}, but ${entry} is disabled`, {
      hint: `echo 1 | sudo tee ${entry}`,
    });
  if (!/^flags:.*F/m.test(text)) {
    throw new UserError(`${what}, but ${entry} lacks the flag F and does not work in a chroot`, {
      hint,
    });
  }
}
