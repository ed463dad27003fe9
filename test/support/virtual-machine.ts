import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pickAccelerator } from '../../build-scripts/boot/accelerator.ts';
import { firmwareFiles, FIRMWARE_NAMES, type Firmware } from '../../build-scripts/boot/firmware.ts';
import { GuestError, type Guest } from '../../build-scripts/boot/guest.ts';
import { makeOverlay, unwrapDisk } from '../../build-scripts/boot/prepare-disk.ts';
import { bootMachine as boot } from '../../build-scripts/boot/virtual-machine.ts';
import { withLock } from '../../build-scripts/host/lock.ts';
import { firstReason, needsFiles, needsPrograms } from './needs.ts';
import { sharedFolder } from './once.ts';
import type { SkipReason } from './test-unless.ts';

export interface MachineOptions {
  readonly firmware: Firmware;
  /** Images, their format by their ending: /dev/vda, /dev/vdb … */
  readonly disks: readonly string[];
  /** Whether the images keep what the machine writes; by default it writes to a throw-away copy. */
  readonly keep?: boolean;
  /** Typed when the console asks for one. */
  readonly passphrase?: string;
}

/** A machine that `build-scripts/boot` has started. */
export interface Machine extends Pick<Guest, 'attempt' | 'bootSeconds' | 'state'> {
  /** What came on the serial console so far. */
  readonly console: () => string;
  /** A command that has to succeed. @returns stdout and stderr */
  run(command: string, seconds?: number): Promise<string>;
  /** Shuts it down when its disks are kept, else ends it. Does nothing the second time. */
  stop(): Promise<void>;
}

/** What keeps this machine from starting virtual ones. */
export function needsMachines(): SkipReason {
  return firstReason(
    process.arch === 'x64' ? undefined : 'this machine is no amd64',
    needsPrograms('qemu-system-x86_64', 'qemu-img', 'setpriv'),
    needsFiles(
      ...(['uefi', 'secure-boot'] as const).flatMap((firmware) => {
        const files = firmwareFiles('amd64', firmware);
        return files === undefined ? [] : [files.code, files.variables];
      }),
    ),
  );
}

/** For tests that compose a disk and boot it, and wait for the machines of others: ms. */
export const MACHINE_TIMEOUT = 20 * 60_000;
const MEMORY = 1536;

/**
 * Boots a machine and waits until its boot is over. One at a time, in all test files: others wait.
 * @throws GuestError when it does not boot
 */
export async function bootMachine(options: MachineOptions): Promise<Machine> {
  const { firmware, keep = false, passphrase } = options;
  const unlock = await takeTurn();
  const directory = await mkdtemp(path.join(os.tmpdir(), 'mkimage-test-vm-'));
  const clear = async (): Promise<void> => {
    await rm(directory, { recursive: true, force: true });
    unlock();
  };
  let console = '';
  try {
    const guest = await boot({
      arch: 'amd64',
      firmware,
      accelerator: await pickAccelerator('amd64', directory),
      memory: MEMORY,
      cpus: 2,
      disks: await Promise.all(
        options.disks.map(async (file, index) => {
          const disk = await unwrapDisk(file, directory);
          return keep ? disk : makeOverlay(disk, path.join(directory, `disk-${index}.qcow2`));
        }),
      ),
      directory,
      passphrases: passphrase === undefined ? [] : [passphrase],
      onConsole(text) {
        console += text;
      },
    });
    process.stderr.write(
      `${FIRMWARE_NAMES[firmware]}: booted in ${guest.bootSeconds.toFixed(0)} s: ${guest.state}\n`,
    );
    let stopped = false;
    return {
      ...guest,
      console: () => console,
      async run(command, seconds) {
        const { exitCode, output } = await guest.attempt(command, seconds);
        if (exitCode === 0) return output;
        throw new Error(`${command}: exit code ${exitCode}\n${output}`);
      },
      async stop() {
        if (stopped) return;
        stopped = true;
        try {
          await (keep ? guest.powerOff() : guest.stop());
        } finally {
          await clear();
        }
      },
    };
  } catch (error) {
    await clear();
    if (error instanceof GuestError)
      error.message += `\n${[...error.details, ...error.lastLines].join('\n')}`;
    throw error;
  }
}

/** @returns call when the next one may start */
async function takeTurn(): Promise<() => void> {
  for (;;) {
    try {
      return await withLock(sharedFolder(), 'a machine');
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
