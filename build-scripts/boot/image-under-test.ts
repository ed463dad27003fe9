import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { openSandbox, type Sandbox } from '../host/sandbox.ts';
import type { Accelerator } from './accelerator.ts';
import { bootContainer, type Container } from './container.ts';
import type { Firmware } from './firmware.ts';
import { GuestError, type Guest } from './guest.ts';
import { makeKey, runGuestTests, type GuestAccess, type GuestTest } from './guest-tests.ts';
import type { BootImage } from './image.ts';
import { bootNestedContainer, SSH_PORT, type SurroundingMachine } from './nested-container.ts';
import { freePort } from './port.ts';
import { makeOverlay, unwrapDisk } from './prepare-disk.ts';
import type { QemuDisk } from './qemu.ts';
import type { TestResult } from './report.ts';
import { PowerCut, type MachineOptions } from './running-machine.ts';
import { bootMachine } from './virtual-machine.ts';

export interface UnderTestOptions {
  readonly image: BootImage;
  /** Undefined for a root, which is started in a container. */
  readonly firmware: Firmware | undefined;
  /** Of the machine, or of that around a container. */
  readonly accelerator: Accelerator | undefined;
  /** For a root of another architecture. */
  readonly around?: SurroundingMachine | undefined;
  /** The tests that its collections brought along. @param publicKey of tests that run on the host */
  readonly tests: (publicKey: string | undefined) => readonly GuestTest[];
  /** MiB. */
  readonly memory: number;
  readonly cpus: number;
  readonly passphrases: readonly string[];
  /** An empty folder of its own. */
  readonly directory: string;
  /** For a root: where it is unpacked. */
  readonly workdir?: string | undefined;
  /** Appended to: everything that was on the console. */
  readonly log: string;
  readonly onDetail: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What may be different from one start to the next. */
export interface StartOptions {
  /** Disks of {@link ImageUnderTest.disk} and empty ones; default a new copy of the image. */
  readonly disks?: readonly QemuDisk[];
  readonly passphrases?: readonly string[];
  /** See MachineOptions. */
  readonly cutAt?: RegExp;
}

const SSH_PORT_OPTION = 'ssh.port';

/** An image and what happens to copies of it. The image itself is never written to. */
export class ImageUnderTest {
  readonly results: TestResult[] = [];
  /** All that the last guest has said. */
  console = '';
  /** Of the first start. */
  bootSeconds: number | undefined;
  private readonly options: UnderTestOptions;
  private readonly guests = new Set<Guest>();
  private readonly sandboxes: Sandbox[] = [];
  private base: Pick<QemuDisk, 'file' | 'format'> | undefined;
  private copies = 0;
  private access: GuestAccess | undefined;

  constructor(options: UnderTestOptions) {
    this.options = options;
  }

  get image(): BootImage {
    return this.options.image;
  }

  get passphrases(): readonly string[] {
    return this.options.passphrases;
  }

  /** A copy of the image's disk, which keeps what is written to it. @param size like `20G` */
  async disk(size?: string): Promise<QemuDisk> {
    const { image, directory, signal } = this.options;
    this.base ??= await unwrapDisk(image.file, directory, signal);
    return makeOverlay(this.base, this.fileName('qcow2'), size);
  }

  fileName(ending: string): string {
    this.copies += 1;
    return path.join(this.options.directory, `copy-${this.copies}.${ending}`);
  }

  /** @throws GuestError */
  async start(options: StartOptions = {}): Promise<Guest> {
    const { onDetail, around } = this.options;
    const guest =
      this.image.kind === 'disk'
        ? await this.startMachine(options)
        : around === undefined
          ? await this.startContainer()
          : await this.startNested(around);
    this.guests.add(guest);
    this.bootSeconds ??= guest.bootSeconds;
    onDetail(`up after ${guest.bootSeconds.toFixed(1)} s`);
    return guest;
  }

  private async startMachine(start: StartOptions): Promise<Guest> {
    const { firmware } = this.options;
    if (firmware === undefined) throw new Error('a disk needs a firmware');
    const disks = start.disks ?? [await this.disk()];
    return bootMachine({
      ...(await this.machine(firmware, this.sshPort())),
      disks,
      passphrases: start.passphrases ?? this.options.passphrases,
      cutAt: start.cutAt,
    });
  }

  private async startNested({ image, firmware }: SurroundingMachine): Promise<Guest> {
    return bootNestedContainer({
      tarball: this.image.file,
      machineImage: image.file,
      machine: await this.machine(firmware, SSH_PORT),
      sshPort: this.sshPort(),
    });
  }

  /** A machine in a folder of its own. @param sshPort of it, for tests that run on the host */
  private async machine(
    firmware: Firmware,
    sshPort: number,
  ): Promise<Omit<MachineOptions, 'disks'>> {
    const { image, accelerator, memory, cpus, signal } = this.options;
    if (accelerator === undefined) throw new Error('a machine needs an accelerator');
    const port = await freePort();
    const key = await this.key();
    this.access = key === undefined ? undefined : { address: '127.0.0.1', port, prefix: [], key };
    const directory = path.join(this.options.directory, `machine-${(this.copies += 1)}`);
    await mkdir(directory);
    return {
      arch: image.arch,
      firmware,
      accelerator,
      memory,
      cpus,
      directory,
      forward: { host: port, guest: sshPort },
      onConsole: this.consoleWriter(),
      signal,
    };
  }

  /** Where the image's ssh server listens. */
  private sshPort(): number {
    const port = this.image.manifest?.options[SSH_PORT_OPTION]?.value;
    return typeof port === 'number' ? port : 22;
  }

  private async startContainer(): Promise<Guest> {
    const { image, signal, workdir } = this.options;
    const sandbox = await openSandbox({ workdir, signal });
    this.sandboxes.push(sandbox);
    const container: Container = await bootContainer({
      tarball: image.file,
      sandbox,
      onConsole: this.consoleWriter(),
      signal,
    });
    const key = await this.key();
    this.access =
      key === undefined
        ? undefined
        : { address: '127.0.0.1', port: this.sshPort(), prefix: container.inNetwork, key };
    return container;
  }

  /** Into the log; and its last line as what is going on. */
  private consoleWriter(): (text: string) => void {
    const { log, onDetail } = this.options;
    this.console = '';
    let text = '';
    let writing = Promise.resolve();
    return (piece) => {
      writing = writing.then(() => writeFile(log, piece, { flag: 'a' })).catch(() => undefined);
      this.console += piece;
      text = (text + piece).slice(-400);
      const lines = stripVTControlCharacters(text).split(/[\r\n]+/);
      const line = lines.findLast((one) => one.trim() !== '');
      if (line !== undefined) onDetail(line.trim().slice(0, 70));
    };
  }

  /** Private key for tests that run on the host, which {@link publicKey} lets in. */
  private keyFile: Promise<{ file: string; public: string } | undefined> | undefined;

  private async key(): Promise<string | undefined> {
    this.keyFile ??= (async () => {
      const file = path.join(this.options.directory, 'ssh-key');
      const text = await makeKey(file);
      return text === undefined ? undefined : { file, public: text };
    })();
    return (await this.keyFile)?.file;
  }

  /** A result under a name: passed, or failed with the GuestError that was thrown. */
  async check(name: string, action: () => Promise<string | undefined>): Promise<boolean> {
    const { onDetail, signal } = this.options;
    onDetail(name);
    const began = Date.now();
    const seconds = (): number => (Date.now() - began) / 1000;
    try {
      const problem = await action();
      const status = problem === undefined ? 'passed' : 'failed';
      this.results.push({ name, status, seconds: seconds(), output: problem ?? '' });
      return problem === undefined;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof GuestError)) throw error;
      this.results.push({ name, status: 'failed', seconds: seconds(), output: explain(error) });
      return false;
    }
  }

  /** Boots, and looks whether everything has started. @returns undefined when it did not come up */
  async boot(name: string, options: StartOptions = {}): Promise<Guest | undefined> {
    let guest: Guest | undefined;
    await this.check(name, async () => {
      guest = await this.start(options);
      return failedUnits(guest);
    });
    return guest;
  }

  /** Starts and cuts the power when the console says something. @returns whether it said so */
  async cutPower(disk: QemuDisk, moment: RegExp): Promise<boolean> {
    return this.check(`power cut at "${moment.source.replaceAll('\\', '')}"`, async () => {
      let guest: Guest;
      try {
        guest = await this.start({ disks: [disk], cutAt: moment });
      } catch (error) {
        if (error instanceof PowerCut) return undefined;
        throw error;
      }
      await guest.stop();
      return 'it has booted without saying it';
    });
  }

  /** Runs the tests of the collections. */
  async runTests(guest: Guest): Promise<void> {
    const { tests, onDetail, accelerator, signal } = this.options;
    await this.key();
    const publicKey = (await this.keyFile)?.public;
    this.results.push(
      ...(await runGuestTests(guest, tests(publicKey), {
        access: this.access,
        slowness: accelerator?.slowness ?? 1,
        signal,
        onTest: onDetail,
      })),
    );
  }

  /** Ends everything that still runs. */
  async close(): Promise<void> {
    for (const guest of this.guests) await guest.stop();
    for (const sandbox of this.sandboxes) await sandbox.close();
  }
}

/** For people: what happened, what the console says about it, and its end. */
function explain({ message, details, lastLines }: GuestError): string {
  return [
    message,
    ...details.map((line) => `  ${line}`),
    ...(lastLines.length === 0 ? [] : ['the end of the console:']),
    ...lastLines.map((line) => `  ${line}`),
  ].join('\n');
}

/** What did not start, with the end of its journal; undefined when everything did. */
export async function failedUnits(guest: Guest): Promise<string | undefined> {
  const { output } = await guest.attempt('systemctl --failed --no-legend --plain');
  if (guest.state === 'running' && output === '') return undefined;
  const units = output
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((unit) => unit !== '');
  const reasons: string[] = [];
  for (const unit of units) {
    const journal = await guest.attempt(
      `journalctl --boot --no-pager --output=cat --lines=12 --unit='${unit}'`,
    );
    reasons.push(`${unit} has failed`, ...journal.output.split('\n').map((line) => `  ${line}`));
  }
  return [`systemd says "${guest.state}"`, ...reasons].join('\n');
}
