import path from 'node:path';
import type { ResolvedProfile } from './config/resolved-profile.ts';
import { SUITES } from './config/settings.ts';
import type { RootFacts } from './disk/configure/inspect-root.ts';
import { BOOT_FILES } from './disk/configure/boot-files.ts';
import { openToolsTree } from './disk/tools-tree.ts';
import type { ToolRunner } from './disk/tool-runner.ts';
import type { BuildLog } from './host/build-log.ts';
import type { Step, StepHandle } from './host/progress.ts';
import { openSandbox } from './host/sandbox.ts';
import { outputFormat, produceOutputs } from './outputs/index.ts';
import type { Artifact, ImageFacts, OutputFormat } from './outputs/output.ts';

export interface OutputsRequest {
  /** Formats, each once. */
  readonly names: readonly string[];
  /** Asked when the steps before are over. */
  readonly image: () => ImageFacts;
  readonly rootfs: () => Artifact;
  /** The finished raw image; undefined without a disk. */
  readonly disk: { readonly path: string; readonly bytes: () => number } | undefined;
  /** Where `copyBootFiles` put them; undefined without a disk. */
  readonly bootFiles: string | undefined;
  /** The disk tools that are open already. */
  readonly tools: () => ToolRunner | undefined;
  /** Opens others, when a format without a disk needs them. */
  readonly toolsCache: string;
  /** See ComposeOptions. */
  readonly proxy?: string | undefined;
  readonly workdir: string | undefined;
  readonly defer: (undo: () => Promise<void>) => void;
  readonly directory: string;
  readonly epoch: () => number;
  readonly seed: string;
  readonly log: BuildLog;
  /** Files of an earlier build, in `directory`. */
  readonly take?: ((format: OutputFormat) => Promise<readonly Artifact[] | undefined>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OutputsStep {
  readonly step: Step;
  /** What it made of each format. */
  readonly made: () => ReadonlyMap<string, readonly Artifact[]>;
}

/** The step that makes all formats, and what it made. */
export function outputsStep(request: OutputsRequest): OutputsStep {
  const { names, disk, bootFiles, directory, epoch, seed, log, signal } = request;
  let made: ReadonlyMap<string, readonly Artifact[]> = new Map();
  const step: Step = {
    title: `make ${names.join(', ')}`,
    async run(handle) {
      const context = {
        image: request.image(),
        log,
        rootfs: request.rootfs(),
        disk: disk && { path: disk.path, bytes: disk.bytes() },
        boot:
          bootFiles === undefined
            ? undefined
            : {
                kernel: path.join(bootFiles, BOOT_FILES.kernel),
                initrd: path.join(bootFiles, BOOT_FILES.initrd),
              },
        tools: request.tools() ?? (await openTools(request, handle)),
        directory,
        epoch: epoch(),
        seed,
        signal,
        onDetail: (text: string) => {
          handle.update(text);
        },
      };
      made = await produceOutputs(names, context, request.take);
    },
  };
  return { step, made: () => made };
}

async function openTools(
  request: OutputsRequest,
  step: StepHandle,
): Promise<ToolRunner | undefined> {
  const { names, log, workdir, signal, defer, toolsCache, proxy, directory, epoch } = request;
  if (!names.some((name) => outputFormat(name).usesTools)) return undefined;
  const sandbox = await openSandbox({ log, workdir, signal });
  defer(() => sandbox.close());
  return openToolsTree({
    sandbox,
    cache: toolsCache,
    proxy,
    shared: [directory],
    epoch,
    log,
    onDetail: (text) => {
      step.update(text);
    },
  });
}

/** The package with the boot loader that machines with Secure Boot start. */
const SIGNED = 'shim-signed';

/** What a profile says about its images. */
export function imageOfProfile(profile: ResolvedProfile): ImageFacts {
  const suite = profile.settings.suite.value;
  return {
    name: profile.name,
    description: profile.description,
    suite,
    version: String(SUITES[suite].version),
    arch: profile.settings.arch.value,
    firmware: profile.disk?.layout.firmware ?? [],
    secureBoot: profile.packages.some(({ name }) => name === SIGNED),
  };
}

/** What the root file system itself says. */
export function imageOfRoot(
  name: string,
  { version, architecture, packages }: RootFacts,
  firmware: ImageFacts['firmware'],
): ImageFacts {
  return {
    name,
    description: undefined,
    suite: Object.entries(SUITES).find(([, suite]) => String(suite.version) === version)?.[0],
    version,
    arch: architecture === 'arm64' ? 'arm64' : 'amd64',
    firmware,
    secureBoot: packages.has(SIGNED),
  };
}
