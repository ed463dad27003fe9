import { once as event } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { eventually } from './command.ts';
import { firstReason, needsFiles, needsPrograms } from './needs.ts';
import { sharedFolder } from './once.ts';
import type { SkipReason } from './test-unless.ts';

export type Firmware = 'bios' | 'uefi' | 'uefi with Secure Boot';

export interface MachineOptions {
  readonly firmware: Firmware;
  /** Images, their format by their ending: /dev/vda, /dev/vdb … */
  readonly disks: readonly string[];
  /** Whether the images keep what the machine writes; by default it writes to a throw-away copy. */
  readonly keep?: boolean;
  /** Typed when the console asks for one. */
  readonly passphrase?: string;
  /** Ends the machine as a power cut does, as soon as the console says this. See cutPower. */
  readonly cutAt?: RegExp;
}

/** A booted virtual machine. Its root runs test-commands: test/fixtures/disk-root. */
export interface Machine {
  /** Seconds from power on to the end of the boot. */
  readonly bootSeconds: number;
  /** What `systemctl is-system-running` said when the boot was over. */
  readonly state: string;
  /** What came on the serial console so far, without control characters. */
  readonly console: () => string;
  /** Runs a shell command in it as root. @param seconds it may take */
  attempt(command: string, seconds?: number): Promise<{ exitCode: number; output: string }>;
  /** The same for one that has to succeed. @returns stdout and stderr */
  run(command: string, seconds?: number): Promise<string>;
  /** Shuts it down when its disks are kept, else ends it. Does nothing the second time. */
  stop(): Promise<void>;
}

const OVMF = '/usr/share/OVMF';
const FIRMWARE_FILES: Readonly<Record<Exclude<Firmware, 'bios'>, readonly [string, string]>> = {
  uefi: [`${OVMF}/OVMF_CODE_4M.fd`, `${OVMF}/OVMF_VARS_4M.fd`],
  // Microsoft's keys are enrolled, and Secure Boot is on.
  'uefi with Secure Boot': [`${OVMF}/OVMF_CODE_4M.ms.fd`, `${OVMF}/OVMF_VARS_4M.ms.fd`],
};

/** What keeps this machine from starting virtual ones. Emulated: /dev/kvm that opens may hang. */
export function needsMachines(): SkipReason {
  return firstReason(
    process.arch === 'x64' ? undefined : 'this machine is no amd64',
    needsPrograms('qemu-system-x86_64', 'setpriv', 'flock'),
    needsFiles(...Object.values(FIRMWARE_FILES).flat()),
  );
}

/** No boot takes that long, not even on a busy machine: seconds. */
const BOOT_LIMIT = 360;
const COMMAND_LIMIT = 120;

/** For tests that compose a disk and boot it, and wait for the machines of others: ms. */
export const MACHINE_TIMEOUT = 20 * 60_000;

/** What a boot that went wrong says on the console. */
const STUCK =
  /Kernel panic|You are in emergency mode|Give root password for maintenance|\(initramfs\)|grub rescue>|Security Violation|No bootable device|BdsDxe: No bootable option/;
const ASKS_PASSPHRASE = /Please unlock disk [^\n]*?: ?$/;

/**
 * Boots a machine and waits until its boot is over. One at a time, in all test files: others wait.
 * It ends with this process, whatever ends that.
 * @throws Error with the end of the console when it does not boot
 */
export async function bootMachine(options: MachineOptions): Promise<Machine> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mkimage-test-vm-'));
  const server = createServer();
  const port = path.join(folder, 'commands');
  await new Promise<void>((resolve) => server.listen(port, resolve));
  const qemu = execa('setpriv', await command(options, folder, port), {
    buffer: false,
    reject: false,
    env: { TMPDIR: folder },
  });
  let received = '';
  let answered = 0;
  // Sequences may be split between two pieces, so the whole is stripped.
  const console = (from = 0): string =>
    stripVTControlCharacters(received.slice(from)).replaceAll('\r', '');
  let ended = false;
  const finished = (async () => {
    await qemu;
    ended = true;
    server.close();
    await rm(folder, { recursive: true, force: true });
  })();
  for (const stream of [qemu.stdout, qemu.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      received += text;
      if (options.cutAt?.test(console()) === true) qemu.kill('SIGKILL');
      if (options.passphrase === undefined || !ASKS_PASSPHRASE.test(console(answered))) return;
      answered = received.length;
      qemu.stdin.write(`${options.passphrase}\r`);
    });
  }
  const failure = (problem: string): Error =>
    new Error(
      `${problem}\nthe end of the console:\n${console().split('\n').slice(-60).join('\n')}`,
    );
  const kill = async (): Promise<void> => {
    qemu.kill('SIGKILL');
    await finished;
  };

  try {
    // Waits for its turn before it connects.
    const socket = await connection(server, finished);
    const began = Date.now();
    const commands = commandLine(socket, failure);
    await eventually(
      'the machine boots',
      () => {
        if (ended) throw failure('the machine ended');
        if (STUCK.test(console())) throw failure('the machine does not boot');
        return commands.isReady();
      },
      BOOT_LIMIT,
    ).catch((error: unknown) => {
      throw failure(String(error));
    });
    const left = BOOT_LIMIT - (Date.now() - began) / 1000;
    const { output: state } = await Promise.race([
      commands.attempt('systemctl is-system-running --wait', left),
      finished.then(() => {
        throw failure('the machine ended');
      }),
    ]);
    const bootSeconds = (Date.now() - began) / 1000;
    process.stderr.write(`${options.firmware}: booted in ${bootSeconds.toFixed(0)} s: ${state}\n`);
    return {
      bootSeconds,
      state,
      console: () => console(),
      attempt: (text, seconds) => commands.attempt(text, seconds),
      async run(text, seconds) {
        const { exitCode, output } = await commands.attempt(text, seconds);
        if (exitCode === 0) return output;
        throw failure(`${text}: exit code ${exitCode}\n${output}`);
      },
      async stop() {
        if (!ended && options.keep === true) {
          await commands.attempt('systemctl poweroff');
          await eventually('the machine powers off', () => ended, 120).catch(
            async (error: unknown) => {
              await kill();
              throw failure(String(error));
            },
          );
        }
        await kill();
      },
    };
  } catch (error) {
    await kill();
    throw error;
  }
}

/**
 * Starts a machine and cuts its power when the console says something.
 * @throws Error when it boots without saying it
 */
export async function cutPower(options: MachineOptions, at: RegExp): Promise<void> {
  let machine: Machine;
  try {
    machine = await bootMachine({ ...options, keep: true, cutAt: at });
  } catch (error) {
    if (
      error instanceof Error &&
      error.message.startsWith('the machine ended') &&
      at.test(error.message)
    )
      return;
    throw error;
  }
  await machine.stop();
  throw new Error(`the machine has booted and never said ${String(at)}`);
}

/** Of setpriv: so QEMU ends with us. flock: so there is one at a time. */
async function command(
  { firmware, disks, keep = false }: MachineOptions,
  folder: string,
  port: string,
): Promise<string[]> {
  const secure = firmware === 'uefi with Secure Boot';
  const flash: string[] = [];
  if (firmware !== 'bios') {
    const [code, variables] = FIRMWARE_FILES[firmware];
    const copy = path.join(folder, 'variables.fd');
    await copyFile(variables, copy);
    flash.push(
      ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${code}`],
      ...['-drive', `if=pflash,format=raw,unit=1,file=${copy}`],
      ...(secure ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    );
  }
  return [
    ...['--pdeathsig', 'KILL', 'flock', '--no-fork', path.join(sharedFolder(), 'machine.lock')],
    ...['qemu-system-x86_64', '-machine', `q35,smm=${secure ? 'on' : 'off'}`],
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '1536'],
    ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-nic', 'none', '-no-reboot'],
    ...['-device', 'virtio-rng-pci', '-device', 'virtio-serial-pci'],
    ...['-chardev', `socket,id=commands,path=${port}`],
    ...['-device', 'virtserialport,chardev=commands,name=commands'],
    ...flash,
    ...disks.flatMap((file) => [
      '-drive',
      `if=virtio,format=${imageFormat(file)},cache=unsafe,snapshot=${keep ? 'off' : 'on'},file=${file}`,
    ]),
  ];
}

/** As QEMU calls it. */
function imageFormat(file: string): string {
  const ending = path.extname(file).slice(1);
  if (ending === 'vhd') return 'vpc';
  return ['qcow2', 'vhdx', 'vmdk'].includes(ending) ? ending : 'raw';
}

async function connection(server: Server, finished: Promise<void>): Promise<Socket> {
  const connected = event(server, 'connection') as Promise<[Socket]>;
  const socket = await Promise.race([connected, finished]);
  if (socket === undefined) throw new Error('QEMU did not start');
  return socket[0];
}

/** The other end of test-commands. */
function commandLine(
  socket: Socket,
  failure: (problem: string) => Error,
): { isReady: () => boolean; attempt: Machine['attempt'] } {
  let ready = false;
  let count = 0;
  const answers = new Map<string, { exitCode: number; output: string }>();
  // A machine that is killed.
  socket.on('error', () => undefined);
  createInterface({ input: socket }).on('line', (line) => {
    const [number = '', exitCode, output = ''] = line.split(' ');
    if (number === 'ready') ready = true;
    else
      answers.set(number, {
        exitCode: Number(exitCode),
        output: Buffer.from(output, 'base64').toString('utf8').trimEnd(),
      });
  });
  return {
    isReady: () => ready,
    async attempt(text, seconds = COMMAND_LIMIT) {
      const number = String((count += 1));
      socket.write(`${number} ${Buffer.from(text).toString('base64')}\n`);
      return eventually(text, () => answers.get(number), seconds).catch((error: unknown) => {
        throw failure(String(error));
      });
    },
  };
}
