import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pickAccelerator, type Accelerator } from './boot/accelerator.ts';
import { CONTAINER_TOOLS } from './boot/container.ts';
import {
  EMULATORS,
  FIRMWARE_NAMES,
  firmwareFiles,
  QEMU_IMG,
  type Firmware,
} from './boot/firmware.ts';
import type { GuestTest } from './boot/guest-tests.ts';
import { ImageUnderTest } from './boot/image-under-test.ts';
import type { BootImage, ImageManifest } from './boot/image.ts';
import { firmwareOfDisk, TABLE_BYTES } from './boot/inspect-disk.ts';
import { readStart, unwrapDisk } from './boot/prepare-disk.ts';
import type { ImageReport, TestResult } from './boot/report.ts';
import type { SurroundingMachine } from './boot/nested-container.ts';
import { PLAIN, type Scenario } from './boot/scenarios.ts';
import type { Collection } from './config/collection.ts';
import type { Architecture } from './config/settings.ts';
import { optionVariables } from './config/option-environment.ts';
import { existsSync } from 'node:fs';
import { formatError, UserError } from './host/errors.ts';
import { giveToCaller } from './host/file-owner.ts';
import type { Job, StepHandle } from './host/progress.ts';
import { requireTools } from './host/tools.ts';

/** One image, started in one way, for one scenario. */
export interface TestRequest {
  readonly image: BootImage;
  readonly firmware: Firmware | undefined;
  readonly scenario: Scenario;
  /** Of the machine, or of that around a container. */
  readonly accelerator: Accelerator | undefined;
  /** What a root of another architecture is started in; see {@link isForeign}. */
  readonly around?: SurroundingMachine | undefined;
  /** Those of the image, as far as they are found; see {@link testsOf}. */
  readonly collections: readonly Collection[];
  /** MiB. */
  readonly memory: number;
  readonly cpus: number;
  readonly passphrases: readonly string[];
  /** Folder for the console's log; exists. */
  readonly logs: string;
  /** Absolute path of a folder that exists, for what machines write. */
  readonly scratch: string;
  /** For a root: where it is unpacked, if not in memory. */
  readonly workdir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly defer: (undo: () => Promise<void>) => void;
}

/** `UEFI with Secure Boot, power-cut` */
export function wayOf({
  firmware,
  scenario,
  around,
}: Pick<TestRequest, 'firmware' | 'scenario' | 'around'>): string {
  const container =
    around === undefined ? 'container' : `container in the machine ${around.image.name}`;
  const way = firmware === undefined ? container : FIRMWARE_NAMES[firmware];
  return scenario === PLAIN ? way : `${way}, ${scenario.name}`;
}

/** The job that starts an image and judges it. A failure is in the report, and the job's. */
export function testJob(request: TestRequest): { job: Job; report: ImageReport } {
  const { image, firmware, scenario, accelerator, signal } = request;
  const way = wayOf(request);
  const log = path.join(
    request.logs,
    `${[image.name, image.format, firmware ?? 'container', scenario.name].join('-')}.log`,
  );
  const report: ImageReport = {
    image: image.name,
    file: image.file,
    format: image.format,
    way,
    accelerator: accelerator?.kind,
    bootSeconds: undefined,
    tests: [],
    log,
  };
  const bootAndTest = async (step: StepHandle): Promise<readonly TestResult[]> => {
    await startLog(log);
    const directory = await mkdtemp(path.join(request.scratch, 'mkimage-test-'));
    const under = new ImageUnderTest({
      ...request,
      directory,
      tests: (publicKey) => testsOf(image.manifest, request.collections, publicKey),
      log,
      onDetail: (text) => {
        step.update(text);
      },
    });
    const close = async (): Promise<void> => {
      await under.close();
      await rm(directory, { recursive: true, force: true });
    };
    request.defer(close);
    try {
      await scenario.run(under);
    } finally {
      report.tests.push(...under.results);
      report.bootSeconds = under.bootSeconds;
      await close();
    }
    return under.results;
  };
  const run = async (step: StepHandle): Promise<void> => {
    report.tests.push(...missingCollections(image.manifest, request.collections));
    const results = await bootAndTest(step).catch((error: unknown) => {
      signal?.throwIfAborted();
      // A damaged file, a missing program: reports must not call that passed.
      const output = formatError(error);
      report.tests.push({ name: 'start', status: 'failed', seconds: 0, output });
      throw error;
    });
    signal?.throwIfAborted();
    const failed = results.filter(({ status }) => status === 'failed');
    if (failed.length > 0) throw new TestsFailed(failed.map(({ name }) => name));
  };
  return {
    job: {
      name: `${image.name}, ${image.format}, ${way}`,
      steps: [{ title: 'boot and test', run }],
    },
    report,
  };
}

/** Another user's from an earlier run is replaced. */
async function startLog(file: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, '');
  await giveToCaller(file);
}

/** Tests that nobody ran look like tests that passed, unless somebody says so. */
function missingCollections(
  manifest: ImageManifest | undefined,
  collections: readonly Collection[],
): TestResult[] {
  return (manifest?.collections ?? [])
    .filter((name) => !collections.some((collection) => collection.name === name))
    .map((name) => ({
      name: `${name}/tests`,
      status: 'skipped',
      seconds: 0,
      output: `the collection ${name} is not here: give --collections as for the build`,
    }));
}

/** The report has the reasons. */
export class TestsFailed extends Error {
  override readonly name = 'TestsFailed';
  readonly exitCode = 1;
  constructor(names: readonly string[]) {
    super(`failed: ${names.join(', ')}`);
  }
}

/** The tests of an image's collections, with the options in the environment as hooks have them. */
export function testsOf(
  manifest: ImageManifest | undefined,
  collections: readonly Collection[],
  publicKey: string | undefined,
): GuestTest[] {
  if (manifest === undefined) return [];
  const { options, settings, profile } = manifest;
  const values = Object.entries(options).map(([name, { value }]) => optionVariables(name, value));
  return manifest.collections.flatMap((name) => {
    const collection = collections.find((one) => one.name === name);
    return (collection?.tests ?? []).map((file) => ({
      name: `${name}/tests/${path.basename(file)}`,
      file,
      env: {
        ...(Object.assign({}, ...values) as Record<string, string>),
        MKIMAGE_COLLECTION: name,
        MKIMAGE_COLLECTIONS: manifest.collections.join('\n'),
        MKIMAGE_PROFILE: profile,
        MKIMAGE_SUITE: settings.suite,
        MKIMAGE_ARCH: settings.arch,
        MKIMAGE_SSH_PUBLIC_KEY: publicKey ?? '',
      },
    }));
  });
}

/**
 * What an image can be started with; what no manifest says is read from its partition table.
 * @param workdir for what has to be unpacked
 * @throws UserError when nothing is found
 */
export async function firmwareOf(image: BootImage, workdir: string): Promise<readonly Firmware[]> {
  if (image.kind === 'root' || image.firmware.length > 0) return image.firmware;
  if (image.arch === 'arm64') return ['uefi'];
  requireTools([QEMU_IMG]);
  const directory = await mkdtemp(path.join(workdir, 'mkimage-look-'));
  try {
    const disk = await unwrapDisk(image.file, directory);
    const found = firmwareOfDisk(await readStart(disk, TABLE_BYTES, directory));
    if (found.length > 0) return found;
    throw new UserError(`${image.file} has no partition table with something to start from`, {
      hint: 'if it can be started nevertheless: --firmware bios or --firmware uefi',
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const hostArch = (): Architecture => (process.arch === 'arm64' ? 'arm64' : 'amd64');

/** A container for which a machine of its architecture is needed: it would share the host's kernel. */
export function isForeign({ kind, arch }: BootImage): boolean {
  return kind === 'root' && arch !== hostArch();
}

/** @throws UserError that names what this host lacks to start an image; a root: as a container of it */
export function requireHost(image: BootImage, firmware: readonly Firmware[]): void {
  if (image.kind === 'root') {
    if (isForeign(image)) {
      throw new UserError(
        `${image.name} is a container for ${image.arch}, and this machine is ${hostArch()}`,
        { hint: 'mkimage test starts it in an emulated machine of that architecture' },
      );
    }
    requireTools(CONTAINER_TOOLS);
    if (process.geteuid?.() !== 0) {
      throw new UserError(`${image.name} is started in a container, which needs root`, {
        hint: 'run it with sudo',
      });
    }
    return;
  }
  requireTools([EMULATORS[image.arch], QEMU_IMG]);
  for (const one of firmware) {
    const files = firmwareFiles(image.arch, one);
    if (files === undefined) {
      if (one === 'bios' && image.arch === 'amd64') continue;
      throw new UserError(`there is no ${FIRMWARE_NAMES[one]} for ${image.arch}`);
    }
    if (existsSync(files.code) && existsSync(files.variables)) continue;
    throw new UserError(`there is no ${FIRMWARE_NAMES[one]} for virtual machines on this host`, {
      hint: `sudo apt install ${files.package}`,
    });
  }
}

/** Once per architecture, for all images of it. */
export function acceleratorPicker(
  workdir: string,
): (image: BootImage) => Promise<Accelerator | undefined> {
  const picked = new Map<string, Promise<Accelerator>>();
  return async (image) => {
    if (image.kind === 'root') return undefined;
    const known = picked.get(image.arch);
    if (known !== undefined) return known;
    const directory = await mkdtemp(path.join(workdir, 'mkimage-kvm-'));
    const picking = pickAccelerator(image.arch, directory).finally(() =>
      rm(directory, { recursive: true, force: true }),
    );
    picked.set(image.arch, picking);
    return picking;
  };
}
