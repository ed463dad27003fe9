import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { startProcess, type ProcessEnd, type StartedProcess } from '../host/start-process.ts';
import type { Accelerator } from './accelerator.ts';
import { listenForAgent, MEDIUM_SERIAL, writeMedium, type AgentLine } from './agent.ts';
import { Console } from './console.ts';
import { diagnoseConsole } from './diagnose.ts';
import { firmwareFiles, type Firmware } from './firmware.ts';
import { EmulatorFailure, GuestError, type GuestOutcome } from './guest.ts';
import { qemuCommand, type QemuDisk, type QemuRequest } from './qemu.ts';

export interface MachineOptions extends Pick<QemuRequest, 'arch' | 'memory' | 'cpus' | 'forward'> {
  readonly firmware: Firmware;
  readonly accelerator: Accelerator;
  /** Overlays: what the machine writes to. */
  readonly disks: readonly QemuDisk[];
  /** An empty folder for this machine. */
  readonly directory: string;
  /** Typed in turn when the console asks for one; the last one again and again. */
  readonly passphrases?: readonly string[] | undefined;
  /** How long its systemd waits for a device; by default as long as ever, emulated twice that. */
  readonly deviceSeconds?: number | undefined;
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

const ASKS_PASSPHRASE = /Please unlock disk [^\n]*?: ?$/;
/**
 * DefaultDeviceTimeoutSec of systemd. Two emulated machines side by side may need more than 90 s to find
 * their disks. Not six times as much: somebody waits to hear that a device is missing.
 */
const DEVICE_SECONDS = { kvm: 90, tcg: 180 } as const;
/** What a program gets for its own mistakes: signal(7). Emulating several processors, QEMU makes some. */
const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL']);
/** The end of the console that a message repeats. */
const SHOWN_LINES = 25;

/** A QEMU process, its console and the way into the guest. */
export class RunningMachine {
  readonly console = new Console();
  private readonly options: MachineOptions;
  private readonly began = Date.now();
  private agent: AgentLine | undefined;
  private qemu: StartedProcess | undefined;
  private end: ProcessEnd | undefined;
  private over: Promise<void> = Promise.resolve();
  /** Where the console was when the last passphrase was typed, and how many were. */
  private answered = 0;
  private typed = 0;

  private constructor(options: MachineOptions) {
    this.options = options;
  }

  static async start(options: MachineOptions): Promise<RunningMachine> {
    const { arch, firmware, directory, signal, accelerator } = options;
    const { deviceSeconds = DEVICE_SECONDS[accelerator.kind] } = options;
    signal?.throwIfAborted();
    const machine = new RunningMachine(options);
    const variables = path.join(directory, 'uefi-variables.fd');
    const files = firmwareFiles(arch, firmware);
    if (files !== undefined) await copyFile(files.variables, variables);
    const medium = path.join(directory, 'medium');
    await writeMedium(medium, deviceSeconds);
    const socket = path.join(directory, 'agent');
    // Whoever waits for the console is woken up, too.
    const agent = await listenForAgent(socket, () => {
      machine.console.push('');
    });
    machine.agent = agent;
    const qemu = startProcess(
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
        onOutput: (text) => {
          machine.hear(text);
        },
      },
    );
    machine.qemu = qemu;
    const abort = (): void => {
      void qemu.kill();
    };
    signal?.addEventListener('abort', abort, { once: true });
    machine.over = qemu.ended.then((end) => {
      machine.end = end;
      agent.close();
      signal?.removeEventListener('abort', abort);
      machine.console.end();
    });
    return machine;
  }

  private hear(text: string): void {
    const { onConsole, cutAt, passphrases = [] } = this.options;
    this.console.push(text);
    onConsole?.(text);
    if (cutAt?.test(this.console.text()) === true) void this.qemu?.kill();
    if (passphrases.length === 0 || !this.asksForPassphrase()) return;
    this.answered = this.console.position;
    this.write(`${passphrases[Math.min(this.typed, passphrases.length - 1)] ?? ''}\r`);
    this.typed += 1;
  }

  /** And nobody has answered yet. */
  asksForPassphrase(): boolean {
    return ASKS_PASSPHRASE.test(this.console.text(this.answered));
  }

  /** On its keyboard. */
  readonly write = (text: string): void => {
    this.qemu?.write(text);
  };

  get isEmulated(): boolean {
    return this.options.accelerator.kind === 'tcg';
  }

  /** Seconds on hardware → on this machine. */
  limit(seconds: number): number {
    return seconds * this.options.accelerator.slowness;
  }

  /** Seconds since power on. */
  elapsed(): number {
    return (Date.now() - this.began) / 1000;
  }

  hasEnded(): boolean {
    return this.end !== undefined;
  }

  isReady(): boolean {
    return this.agent?.isReady() === true;
  }

  /** @param seconds on hardware @returns undefined when there is no answer */
  async ask(command: string, seconds: number): Promise<GuestOutcome | undefined> {
    return this.agent?.attempt(command, Math.ceil(this.limit(seconds)));
  }

  /** @throws GuestError, PowerCut, or the reason of the signal, when it has ended */
  requireAlive(): void {
    const { signal, cutAt } = this.options;
    signal?.throwIfAborted();
    if (this.end === undefined) return;
    if (cutAt?.test(this.console.text()) === true) throw new PowerCut();
    const { exitCode, signal: killedBy, failure } = this.end;
    if (failure !== undefined) throw this.failure(`QEMU can not be started: ${failure}`);
    if (killedBy !== undefined) throw this.killed(killedBy);
    const problem = diagnoseConsole(this.console.text());
    if (problem !== undefined) throw this.failure(problem.message, problem.details);
    throw this.failure(
      exitCode === 0
        ? 'the machine has powered itself off or restarted'
        : `QEMU ended with exit code ${String(exitCode)}`,
    );
  }

  private killed(by: string): GuestError {
    const { message, lastLines } = this.failure(`QEMU was killed by ${by}`);
    if (!CRASHES.has(by)) return new GuestError(message, [], lastLines);
    return new EmulatorFailure(message, ['it has crashed by itself: try again'], lastLines);
  }

  /** An error with the end of the console. */
  failure(message: string, details: readonly string[] = []): GuestError {
    return new GuestError(message, details, this.console.lastLines(SHOWN_LINES));
  }

  async stop(): Promise<void> {
    await this.qemu?.kill();
    await this.over;
  }
}
