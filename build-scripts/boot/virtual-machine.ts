import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { startProcess, type ProcessEnd, type StartedProcess } from '../host/start-process.ts';
import { agentArguments, listenForAgent, MEDIUM_SERIAL, writeMedium } from './agent.ts';
import type { Accelerator } from './accelerator.ts';
import { Console } from './console.ts';
import { diagnoseConsole, explainInitramfs, INITRAMFS_QUESTION } from './diagnose.ts';
import { firmwareFiles, type Firmware } from './firmware.ts';
import { BootMenuError, bootWithArguments, menuAppears } from './grub.ts';
import { COMMAND_SECONDS, GuestError, type Guest } from './guest.ts';
import { qemuCommand, type QemuDisk, type QemuRequest } from './qemu.ts';

export interface MachineOptions extends Pick<QemuRequest, 'arch' | 'memory' | 'cpus' | 'forward'> {
  readonly firmware: Firmware;
  readonly accelerator: Accelerator;
  /** Overlays: what the machine writes to. */
  readonly disks: readonly QemuDisk[];
  /** A folder for this machine, on the same file system for all of its starts. */
  readonly directory: string;
  /** Typed in turn when the console asks for one; the last one again and again. */
  readonly passphrases?: readonly string[] | undefined;
  /** Sees the console as it comes. */
  readonly onConsole?: ((text: string) => void) | undefined;
  /** Ends the machine at once. */
  readonly signal?: AbortSignal | undefined;
  /** Power cut as soon as the console says this. */
  readonly cutAt?: RegExp | undefined;
}

/** The machine ended as `cutAt` wanted. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

/** Seconds on hardware: until the boot menu, and until the boot is over. */
const MENU_SECONDS = 20;
const BOOT_SECONDS = 120;
/** Nothing on the console for so long, on hardware: systemd waits 90 s for a device. */
const SILENCE_SECONDS = 110;

const SERIAL_PORTS = { amd64: 'ttyS0,115200', arm64: 'ttyAMA0' } as const;
const ASKS_PASSPHRASE = /Please unlock disk [^\n]*?: ?$/;

/**
 * Boots a machine and waits until its boot is over: through its firmware and its own boot menu, where
 * arguments are added that give us a serial console and a root shell (see agentArguments).
 * @throws GuestError that says how it failed to boot
 */
export async function bootMachine(options: MachineOptions): Promise<Guest> {
  const { arch, firmware, accelerator, directory, signal } = options;
  signal?.throwIfAborted();
  const limit = (seconds: number): number => seconds * accelerator.slowness;
  const console = new Console();
  const variables = path.join(directory, 'uefi-variables.fd');
  const files = firmwareFiles(arch, firmware);
  if (files !== undefined) await copyFile(files.variables, variables);
  const medium = path.join(directory, 'medium');
  await writeMedium(medium);
  const socket = path.join(directory, 'agent');
  // Whoever waits for the console is woken up, too.
  const agent = await listenForAgent(socket, () => {
    console.push('');
  });
  const began = Date.now();
  const elapsed = (): number => (Date.now() - began) / 1000;
  let answered = 0;
  let passphrase = 0;
  let end: ProcessEnd | undefined;
  const qemu: StartedProcess = startProcess(
    qemuCommand({
      ...options,
      disks: [
        ...options.disks,
        { file: medium, format: 'raw', serial: MEDIUM_SERIAL, readonly: true },
      ],
      variables,
      display: 'none',
      online: false,
      agent: socket,
    }),
    {
      env: { TMPDIR: directory },
      onOutput(text) {
        console.push(text);
        options.onConsole?.(text);
        if (options.cutAt?.test(console.text()) === true) void qemu.kill();
        const { passphrases = [] } = options;
        if (passphrases.length === 0 || !ASKS_PASSPHRASE.test(console.text(answered))) return;
        answered = console.position;
        qemu.write(`${passphrases[Math.min(passphrase, passphrases.length - 1)] ?? ''}\r`);
        passphrase += 1;
      },
    },
  );
  const abort = (): void => {
    void qemu.kill();
  };
  signal?.addEventListener('abort', abort, { once: true });
  const over = qemu.ended.then((result) => {
    end = result;
    agent.close();
    signal?.removeEventListener('abort', abort);
    console.push('');
  });
  const stop = async (): Promise<void> => {
    await qemu.kill();
    await over;
  };
  const failure = (message: string, details: readonly string[] = []): GuestError =>
    new GuestError(message, details, console.lastLines(25));
  const requireAlive = (): void => {
    signal?.throwIfAborted();
    if (end !== undefined && options.cutAt?.test(console.text()) === true) throw new PowerCut();
    if (end !== undefined) throw ended(end, console, failure);
  };

  try {
    let menuProblem: string | undefined;
    if (await reaches(() => end !== undefined, console, limit(MENU_SECONDS))) {
      try {
        await bootWithArguments(console, qemu.write, agentArguments(SERIAL_PORTS[arch]));
      } catch (error) {
        requireAlive();
        if (!(error instanceof BootMenuError)) throw error;
        menuProblem = error.message;
      }
    } else {
      requireAlive();
      const problem = diagnoseConsole(console.text());
      if (problem !== undefined) throw failure(problem.message, problem.details);
      menuProblem = 'no boot menu of GRUB was seen on the serial port';
    }
    if (menuProblem !== undefined)
      throw failure(`the tests can not get into the machine: ${menuProblem}`);
    const deadline = began + limit(BOOT_SECONDS) * 1000;
    await waitForAgent();
    const state = await bootState();
    return {
      kind: 'machine',
      bootSeconds: elapsed(),
      state,
      async attempt(command, seconds = COMMAND_SECONDS) {
        requireAlive();
        const outcome = await agent.attempt(command, Math.ceil(limit(seconds)));
        requireAlive();
        if (outcome === undefined) throw failure(`the machine does not answer: ${command}`);
        return outcome;
      },
      async powerOff() {
        if (end !== undefined) return;
        void agent.attempt('systemctl poweroff', 60);
        const off = await console.until(() => end !== undefined, limit(60));
        if (off) return;
        await stop();
        throw failure('the machine does not power off');
      },
      stop,
    };

    async function waitForAgent(): Promise<void> {
      let seen = console.position;
      for (let quiet = Date.now(); ;) {
        await console.until(
          () => agent.isReady() || end !== undefined || console.position > seen,
          5,
        );
        if (agent.isReady()) return;
        requireAlive();
        const problem = diagnoseConsole(console.text());
        if (problem !== undefined) throw await explained(problem.message, problem.details);
        if (console.position > seen) {
          seen = console.position;
          quiet = Date.now();
        }
        if (Date.now() - quiet > limit(SILENCE_SECONDS) * 1000 || Date.now() > deadline)
          throw await explained('the boot hangs', []);
      }
    }

    /** The agent runs from early on: it can say what the boot still waits for. */
    async function bootState(): Promise<string> {
      for (;;) {
        const outcome = await agent.attempt('systemctl is-system-running', 30);
        requireAlive();
        const state = outcome?.output ?? '';
        if (/^(running|degraded)$/.test(state)) return state;
        if (state === 'maintenance') {
          const problem = diagnoseConsole(console.text());
          throw failure('the boot ends in emergency mode', [
            ...(problem?.details ?? []),
            ...(await failedUnits()),
          ]);
        }
        if (Date.now() > deadline) {
          const jobs = await agent.attempt('systemctl list-jobs --no-legend --no-pager', 30);
          throw failure('the boot does not come to an end', [
            ...(jobs?.output ?? '').split('\n').map((line) => `still waits: ${line.trim()}`),
            ...(await failedUnits()),
          ]);
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }

    async function failedUnits(): Promise<string[]> {
      const outcome = await agent.attempt('systemctl --failed --no-legend --plain', 30);
      const lines = (outcome?.output ?? '').split('\n').filter((line) => line !== '');
      return lines.map((line) => `failed: ${line}`);
    }

    /** With what a shell of the initramfs says, when the boot has ended in one. */
    async function explained(message: string, details: readonly string[]): Promise<GuestError> {
      await console.waitFor(/\(initramfs\) ?$/, limit(5));
      if (!/\(initramfs\) ?$/.test(console.text())) return failure(message, details);
      const from = console.position;
      const lines = console.lastLines(25);
      qemu.write(`${INITRAMFS_QUESTION}\r`);
      await console.waitFor(/^END-OF-ANSWER/m, limit(10), from);
      const answer = console.text(from);
      return new GuestError(message, [...details, ...explainInitramfs(answer)], lines);
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @returns false when the menu does not come, or the machine has ended */
async function reaches(
  hasEnded: () => boolean,
  console: Console,
  seconds: number,
): Promise<boolean> {
  const menu = menuAppears(console, seconds);
  const done = console.until(
    () => hasEnded() || diagnoseConsole(console.text()) !== undefined,
    seconds,
  );
  return Promise.race([menu, done.then(() => false)]);
}

function ended(
  { exitCode, signal, failure: reason }: ProcessEnd,
  console: Console,
  failure: (message: string, details?: readonly string[]) => GuestError,
): GuestError {
  if (reason !== undefined) return failure(`QEMU can not be started: ${reason}`);
  if (signal !== undefined) return failure(`QEMU was killed by ${signal}`);
  const problem = diagnoseConsole(console.text());
  if (problem !== undefined) return failure(problem.message, problem.details);
  return exitCode === 0
    ? failure('the machine has powered itself off or restarted')
    : failure(`QEMU ended with exit code ${String(exitCode)}`);
}
