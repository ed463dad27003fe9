import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildSeed } from './build-seed.ts';
import { composeSteps, diskSeed, type ComposeResult } from './compose-disk.ts';
import type { ResolvedProfile } from './config/resolved-profile.ts';
import { ARCHITECTURES, SUITES } from './config/settings.ts';
import { diskSection } from './disk-section.ts';
import { requireBinfmt } from './host/binfmt.ts';
import type { BuildLog } from './host/build-log.ts';
import { formatBytes } from './host/format.ts';
import { hashFile } from './host/hash-file.ts';
import type { Job, Step, StepHandle } from './host/progress.ts';
import { openSandbox, type Sandbox } from './host/sandbox.ts';
import { requireTools, toolVersion } from './host/tools.ts';
import { imageOfProfile, outputsStep } from './make-outputs.ts';
import { PARTIAL, removePartial } from './output-directory.ts';
import { outputFormat } from './outputs/index.ts';
import type { Artifact } from './outputs/output.ts';
import { manifest } from './publish/manifest.ts';
import { publish, type Published } from './publish/publish.ts';
import { startRootfs, type Rootfs, type RunningRootfs } from './rootfs/build-rootfs.ts';
import type { BuildContext } from './rootfs/build-context.ts';
import { packRoot } from './rootfs/pack-root.ts';
import { readSecrets } from './rootfs/read-secrets.ts';
import { runHook } from './rootfs/run-hook.ts';

/** What building a root file system needs from the host, with the Debian package of each. */
export const BUILD_TOOLS = [
  { command: 'mmdebstrap', package: 'mmdebstrap' },
  { command: 'tar', package: 'tar' },
  { command: 'xz', package: 'xz-utils' },
  { command: 'dpkg-query', package: 'dpkg' },
] as const;

export interface BuildOptions {
  readonly profile: ResolvedProfile;
  /** `obj/<profile>`; exists. */
  readonly directory: string;
  readonly log: BuildLog;
  /** Seconds since 1970. */
  readonly epoch: number;
  /** Folder of the cached tree of disk tools. */
  readonly toolsCache: string;
  readonly until?: BuildUntil;
  /** Where to work; see {@link openSandbox}. */
  readonly workdir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What a failed hook is told to be looked at with; by default `./mkimage shell PATH`. */
  readonly shellCommand?: readonly string[] | undefined;
  /** Registers what must be undone however the build ends. */
  readonly defer: (undo: () => Promise<void>) => void;
}

/** The result of a build, filled in by its steps. */
export interface BuildResult {
  published: readonly Published[];
  packages: number;
  /** Bytes of the root tree's tarball before compression. */
  rootBytes: number;
  /** The formats that are made. */
  outputs: readonly string[];
  /** What was verified about the disk. */
  checks: readonly string[];
}

/** Where a build ends early: the tarball, or the raw disk. */
export type BuildUntil = 'rootfs' | 'disk' | undefined;

/** The steps that build one profile, and the result they fill in. Nothing runs yet. */
export function buildJob(options: BuildOptions): { job: Job; result: BuildResult } {
  const { profile, log, epoch, directory, signal, until } = options;
  const { suite, arch } = profile.settings;
  const names = outputsUntil(profile.outputs.value, until);
  const result: BuildResult = {
    published: [],
    packages: 0,
    rootBytes: 0,
    outputs: names,
    checks: [],
  };
  const temporary = path.join(directory, `${PARTIAL}${randomBytes(6).toString('hex')}`);
  const inTemporary = (name: string): string => path.join(temporary, name);
  const seed = buildSeed(profile);
  let sandbox: Sandbox;
  let rootfs: Rootfs;
  let tarball: Artifact;
  const warnings: string[] = [];
  const secrets = readSecrets(profile);
  log.redact(secrets.secrets);
  // mmdebstrap runs through two steps; what it says belongs to the one that is shown.
  let current: StepHandle;
  let building: RunningRootfs;
  const context: BuildContext = {
    profile,
    shellCommand: options.shellCommand ?? ['./mkimage', 'shell', profile.path],
    log,
    values: secrets.values,
    epoch,
    seed,
    warn: (text) => {
      warnings.push(text);
      current.warn(text);
    },
    note: (text) => {
      current.note(text);
    },
  };

  const composition =
    profile.disk === undefined || !names.some((name) => outputFormat(name).source === 'disk')
      ? undefined
      : composeSteps({
          layout: { ...profile.disk, disk: profile.disk.layout },
          tarball: inTemporary('rootfs.tar.zst'),
          image: inTemporary('disk.raw'),
          scratch: temporary,
          toolsCache: options.toolsCache,
          tools: 'tree',
          log,
          epoch,
          seed: profileDiskSeed(profile),
          bootFiles: names.includes('kernel') ? temporary : undefined,
          lastLook: async (root, disk) => {
            for (const hook of profile.hooks.disk) await runHook(hook, root, disk, context);
          },
          workdir: options.workdir,
          signal,
          defer: options.defer,
        });
  const outputs = outputsStep({
    names,
    image: () => imageOfProfile(profile),
    rootfs: () => tarball,
    disk: composition && {
      path: inTemporary('disk.raw'),
      bytes: () => composition.result.plan?.size ?? 0,
    },
    bootFiles: composition && temporary,
    tools: () => composition?.result.tools,
    toolsCache: options.toolsCache,
    workdir: options.workdir,
    defer: options.defer,
    directory: temporary,
    epoch,
    seed,
    log,
    signal,
  });

  const steps: Step[] = [
    {
      title: 'check the host',
      async run(step) {
        requireTools(BUILD_TOOLS);
        requireBinfmt(ARCHITECTURES[arch.value]);
        for (const warning of secrets.warnings) step.warn(warning);
        await removePartial(directory);
        await mkdir(temporary, { mode: 0o700 });
        options.defer(() => rm(temporary, { recursive: true, force: true }));
        sandbox = await openSandbox({ log, workdir: options.workdir, signal });
        options.defer(() => sandbox.close());
        step.update(
          `${sandbox.kind}, working ${sandbox.inMemory ? 'in memory' : `in ${sandbox.directory}`}`,
        );
      },
    },
    // Questions, missing files and the first making of the tools come before the long work.
    ...(composition === undefined ? [] : [composition.prepare]),
    {
      title: `bootstrap Debian ${SUITES[suite.value].version} ${arch.value}`,
      async run(step) {
        current = step;
        building = startRootfs({
          context,
          sandbox,
          onDetail: (text) => {
            current.update(text);
          },
        });
        await building.bootstrapped;
      },
    },
    {
      title: `apply ${profile.collections.length} ${profile.collections.length === 1 ? 'collection' : 'collections'}`,
      async run(step) {
        current = step;
        rootfs = await building.finish();
        result.packages = rootfs.packages.length;
      },
    },
    {
      title: 'pack the root file system',
      async run(step) {
        const written = await packRoot({
          root: rootfs.root,
          sandbox,
          log,
          target: inTemporary('rootfs.tar.zst'),
          epoch,
          level: profile.settings['zstd-level'].value,
          onProgress: (bytesIn, bytesOut) => {
            step.update(`${formatBytes(bytesIn)} → ${formatBytes(bytesOut)}`);
          },
        });
        result.rootBytes = written.bytesIn;
        tarball = { name: 'rootfs', extension: '.tar.zst', ...written };
        // The memory is needed for what comes next.
        await sandbox.close();
      },
    },
    ...(composition === undefined
      ? []
      : composition.steps.map((step) => ({
          title: step.title,
          async run(handle: StepHandle) {
            current = handle;
            await step.run(handle);
          },
        }))),
    ...(names.length === 0 ? [] : [outputs.step]),
    {
      title: 'publish',
      async run() {
        await composition?.close();
        const artifacts = [tarball, ...(await diskLayout(profile, temporary)), ...outputs.made()];
        result.checks = composition?.result.checks ?? [];
        artifacts.push(
          await writeManifest(options, temporary, rootfs, artifacts, warnings, composition?.result),
        );
        signal?.throwIfAborted();
        result.published = await publish(profile.name, directory, artifacts, epoch);
      },
    },
  ];
  return { job: { name: profile.name, log, steps }, result };
}

/** What is left to make when the build ends early; the root file system always is made. */
export function outputsUntil(names: readonly string[], until: BuildUntil): readonly string[] {
  if (until === 'rootfs') return [];
  if (until === undefined) return names;
  return names.some((name) => outputFormat(name).source === 'disk') ? ['raw'] : [];
}

/** As `tar-to-disk --seed` derives it from the published layout and tarball. */
function profileDiskSeed(profile: ResolvedProfile): string {
  const disk = profile.disk?.layout;
  if (disk === undefined) throw new Error(`${profile.name} has no disk`);
  return diskSeed({ disk, folder: '' }, profile.name, profile.settings.seed.value);
}

/** The layout as `tar-to-disk -C` reads it. */
async function diskLayout({ disk }: ResolvedProfile, folder: string): Promise<Artifact[]> {
  if (disk === undefined) return [];
  const file = path.join(folder, 'layout.yml');
  await writeFile(file, disk.text);
  return [{ name: 'disk', extension: '.yml', ...(await hashFile(file)) }];
}

async function writeManifest(
  { profile, epoch }: BuildOptions,
  directory: string,
  rootfs: Rootfs,
  artifacts: readonly Artifact[],
  warnings: readonly string[],
  composed: ComposeResult | undefined,
): Promise<Artifact> {
  const [mmdebstrap, tar, apt] = await Promise.all(
    ['mmdebstrap', 'tar', 'apt-get'].map(toolVersion),
  );
  const content = manifest({
    profile,
    epoch,
    packages: rootfs.packages,
    artifacts,
    tools: { node: process.versions.node, mmdebstrap, tar, apt },
    warnings,
    disk: composed && diskSection(composed),
  });
  const file = path.join(directory, 'manifest.json');
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
  return { name: 'manifest', extension: '.json', ...(await hashFile(file)) };
}
