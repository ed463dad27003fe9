import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { scriptPath } from '../host/script-path.ts';
import { shellQuote } from '../host/shell-quote.ts';
import { Console } from './console.ts';
import type { Firmware } from './firmware.ts';
import { COMMAND_SECONDS, GuestError, type Guest, type GuestOutcome } from './guest.ts';
import type { BootImage } from './image.ts';
import { decompress, makeEmptyDisk, makeOverlay, unwrapDisk } from './prepare-disk.ts';
import type { QemuDisk } from './qemu.ts';
import type { MachineOptions } from './running-machine.ts';
import { bootMachine } from './virtual-machine.ts';

/** What a container of another architecture is started in. */
export interface SurroundingMachine {
  readonly image: BootImage;
  readonly firmware: Firmware;
}

export interface NestedContainerOptions {
  /** zstd-compressed root file system. */
  readonly tarball: string;
  /** Disk image that the machine around it is started from; not written to. */
  readonly machineImage: string;
  /** The rest of that machine, whose directory takes the disks, too. `forward`: to {@link SSH_PORT}. */
  readonly machine: Omit<MachineOptions, 'disks'>;
  /** Where the ssh server of the container listens. */
  readonly sshPort: number;
}

/** Of the machine; leads to the ssh server of the container. */
export const SSH_PORT = 10022;

/** How the machine finds its disks; at most 20 characters. */
const TARBALL_SERIAL = 'mkimage-tarball';
const ROOM_SERIAL = 'mkimage-room';
/** For what is unpacked, and what the container writes. It takes no room on the host before. */
const ROOM = '8G';
/** As in nested-container.sh. */
const PLACE = '/run/mkimage-container';
const UNIT = 'mkimage-container.service';
const SCRIPT = `${PLACE}/nested-container.sh`;

/** Seconds on hardware. */
const UNPACK_SECONDS = 120;
const BOOT_SECONDS = 120;
const POWER_OFF_SECONDS = 60;
/** What systemd waits for a device by default, in seconds: DefaultDeviceTimeoutSec. */
const DEVICE_SECONDS = 90;
/** Lines of the console that a message repeats. */
const SHOWN_LINES = 25;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A shell command of the machine that runs one in the container. @param init its PID 1, out there */
export function enterCommand(init: number, command: string): string {
  return shellQuote([
    ...['nsenter', '--target', String(init), '--all', '--'],
    ...['env', '-i', `PATH=${PATH}`, 'HOME=/root', 'sh', '-c', `cd /; ${command}`],
  ]);
}

/** Shell commands of the machine, one after the other, that start the container. */
export function startCommands(script: string): string[] {
  const disk = (serial: string): string => `/dev/disk/by-id/virtio-${serial}`;
  return [
    `mkdir -m 700 ${PLACE} && echo ${Buffer.from(script).toString('base64')} | base64 -d >${SCRIPT}`,
    shellQuote(['sh', SCRIPT, 'unpack', disk(TARBALL_SERIAL), disk(ROOM_SERIAL)]),
    shellQuote(['sh', SCRIPT, 'start']),
  ];
}

/**
 * A shell command of the machine: its {@link SSH_PORT} leads into the network of the container, which
 * has no interface out there. systemd-socket-proxyd is part of the package systemd.
 */
export function forwardCommand(init: number, port: number): string {
  return shellQuote([
    ...['systemd-run', '--quiet', '--unit=mkimage-ssh'],
    `--socket-property=ListenStream=${SSH_PORT}`,
    `--property=NetworkNamespacePath=/proc/${init}/ns/net`,
    ...['/usr/lib/systemd/systemd-socket-proxyd', `127.0.0.1:${port}`],
  ]);
}

/**
 * Boots a machine, in it a root file system as a container, and waits until the boot of that is over.
 * The container ends with the machine.
 * @throws GuestError that says which of them failed to boot, and how
 */
export async function bootNestedContainer(options: NestedContainerOptions): Promise<Guest> {
  const console = new Console();
  const failure = (message: string, details: readonly string[] = []): GuestError =>
    new GuestError(message, details, console.lastLines(SHOWN_LINES));
  const machine = await bootAround(options, (text) => {
    console.push(text);
  });
  try {
    const script = await readFile(scriptPath('../boot/nested-container.sh'), 'utf8');
    for (const command of startCommands(script)) {
      const { exitCode, output } = await machine.attempt(command, UNPACK_SECONDS);
      if (exitCode !== 0) throw failure('the container can not be started', output.split('\n'));
    }
    const began = Date.now();
    const deadline = began + BOOT_SECONDS * options.machine.accelerator.slowness * 1000;
    const patience = async (what: string): Promise<void> => {
      if (Date.now() > deadline) throw failure(`the container does not ${what}`);
      if (await hasEnded(machine)) throw failure('the container has ended', await journal(machine));
      await new Promise((resolve) => setTimeout(resolve, 500));
    };
    let init: number | undefined;
    while ((init = await findInit(machine)) === undefined) await patience('start');
    const pid = init;
    const attempt = async (command: string, seconds = COMMAND_SECONDS): Promise<GuestOutcome> => {
      const outcome = await machine.attempt(enterCommand(pid, command), seconds);
      // Its namespaces are gone, and so it is.
      if (outcome.output.startsWith('nsenter: ')) throw failure('the container has ended');
      return outcome;
    };
    let state = '';
    while (!/^(running|degraded)$/.test(state)) {
      if (state === 'maintenance') throw failure('the boot ends in emergency mode');
      await patience('finish its boot');
      state = (await attempt('systemctl is-system-running', 10)).output;
    }
    const bootSeconds = (Date.now() - began) / 1000;
    // Without it, tests over ssh say that nobody answers.
    await machine.attempt(forwardCommand(pid, options.sshPort));
    return {
      kind: 'container',
      bootSeconds,
      state,
      attempt,
      async powerOff() {
        // It may be gone before it has answered.
        await machine.attempt(enterCommand(pid, 'systemctl poweroff'), 30);
        const { exitCode } = await machine.attempt(
          `while systemctl --quiet is-active ${UNIT}; do sleep 0.2; done`,
          POWER_OFF_SECONDS,
        );
        await machine.stop();
        if (exitCode !== 0) throw failure('the container does not power off');
      },
      stop: () => machine.stop(),
    };
  } catch (error) {
    await machine.stop();
    throw error;
  }
}

async function bootAround(
  { tarball, machineImage, machine }: NestedContainerOptions,
  onConsole: (text: string) => void,
): Promise<Guest> {
  const { directory, signal } = machine;
  const base = await unwrapDisk(machineImage, directory, signal);
  const tar = path.join(directory, 'root.tar');
  // A multiple of 512 bytes, as a disk has to be: tar archives are made of such blocks.
  await decompress(tarball, tar, signal);
  const disks: QemuDisk[] = [
    await makeOverlay(base, path.join(directory, 'machine.qcow2')),
    { file: tar, format: 'raw', serial: TARBALL_SERIAL, readonly: true },
    { ...(await makeEmptyDisk(path.join(directory, 'room.qcow2'), ROOM)), serial: ROOM_SERIAL },
  ];
  try {
    return await bootMachine({
      ...machine,
      disks,
      // It is not what is tested, and an emulated one that shares its processors takes longer.
      deviceSeconds: DEVICE_SECONDS * machine.accelerator.slowness,
      onConsole(text) {
        onConsole(text);
        machine.onConsole?.(text);
      },
    });
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    const { message, details, lastLines } = error;
    throw new GuestError(`the machine around the container: ${message}`, details, lastLines);
  }
}

async function findInit(machine: Guest): Promise<number | undefined> {
  const { output } = await machine.attempt(`cat ${PLACE}/pid`);
  return /^\d+$/.test(output) ? Number(output) : undefined;
}

async function hasEnded(machine: Guest): Promise<boolean> {
  return (await machine.attempt(`systemctl --quiet is-active ${UNIT}`)).exitCode !== 0;
}

/** What the script has complained about. */
async function journal(machine: Guest): Promise<string[]> {
  const { output } = await machine.attempt(
    `journalctl --boot --no-pager --output=cat --lines=12 --unit=${UNIT}`,
  );
  return output.split('\n');
}
