import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ResolvedProfile } from './config/resolved-profile.ts';
import type { BuildLog } from './host/build-log.ts';
import { requireBinfmt } from './host/binfmt.ts';
import { giveToCaller } from './host/file-owner.ts';
import { formatBytes } from './host/format.ts';
import { hashFile } from './host/hash-file.ts';
import type { Job, StepHandle } from './host/progress.ts';
import { openSandbox, type Sandbox } from './host/sandbox.ts';
import { requireTools, toolVersion } from './host/tools.ts';
import { ARCHITECTURES, SUITES } from './config/settings.ts';
import { outputFormat } from './outputs/index.ts';
import type { Artifact } from './outputs/output.ts';
import { manifest } from './publish/manifest.ts';
import { publish, type Published } from './publish/publish.ts';
import { startRootfs, type Rootfs, type RunningRootfs } from './rootfs/build-rootfs.ts';
import type { BuildContext } from './rootfs/build-context.ts';
import { packRoot } from './rootfs/pack-root.ts';
import { readSecrets } from './rootfs/read-secrets.ts';

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
}

/** SOURCE_DATE_EPOCH as it is given; undefined when that is empty or no number of seconds. */
function sourceDateEpoch({ SOURCE_DATE_EPOCH: given }: NodeJS.ProcessEnv): string | undefined {
  return given !== undefined && /^\d{1,12}$/.test(given) ? given : undefined;
}

/** SOURCE_DATE_EPOCH, or now; whole seconds since 1970. */
export function buildEpoch(environment: NodeJS.ProcessEnv = process.env): number {
  const given = sourceDateEpoch(environment);
  return given === undefined ? Math.floor(Date.now() / 1000) : Number(given);
}

/**
 * 64 hex digits for salts and identities: the same for the same profile and `seed` (or with
 * SOURCE_DATE_EPOCH set), otherwise new for each build.
 */
export function buildSeed(
  profile: ResolvedProfile,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const given = profile.settings.seed.value ?? sourceDateEpoch(environment);
  const material =
    given === undefined ? randomBytes(32).toString('hex') : `${profile.name}\n${given}`;
  return createHash('sha256').update(`mkimage seed\n${material}`).digest('hex');
}

/** The steps that build one profile, and the result they fill in. Nothing runs yet. */
export function buildJob(options: BuildOptions): { job: Job; result: BuildResult } {
  const { profile, log, epoch } = options;
  const { suite, arch } = profile.settings;
  const result: BuildResult = { published: [], packages: 0, rootBytes: 0 };
  let sandbox: Sandbox;
  let temporary: string;
  let rootfs: Rootfs;
  let tarball: Artifact;
  const artifacts: Artifact[] = [];
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
    seed: buildSeed(profile),
    warn: (text) => {
      warnings.push(text);
      current.warn(text);
    },
    note: (text) => {
      current.note(text);
    },
  };

  const job: Job = {
    name: profile.name,
    log,
    steps: [
      {
        title: 'check the host',
        async run(step) {
          requireTools(BUILD_TOOLS);
          requireBinfmt(ARCHITECTURES[arch.value]);
          for (const warning of secrets.warnings) step.warn(warning);
          await removePartial(options.directory);
          temporary = await mkdtemp(path.join(options.directory, PARTIAL));
          options.defer(() => rm(temporary, { recursive: true, force: true }));
          sandbox = await openSandbox({ log, workdir: options.workdir, signal: options.signal });
          options.defer(() => sandbox.close());
          step.update(
            `${sandbox.kind}, working ${sandbox.inMemory ? 'in memory' : `in ${sandbox.directory}`}`,
          );
        },
      },
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
            target: path.join(temporary, 'rootfs.tar.zst'),
            epoch,
            level: profile.settings['zstd-level'].value,
            onProgress: (bytesIn, bytesOut) => {
              step.update(`${formatBytes(bytesIn)} → ${formatBytes(bytesOut)}`);
            },
          });
          result.rootBytes = written.bytesIn;
          tarball = { name: 'rootfs', extension: '.tar.zst', ...written };
          // With many profiles the memory is needed for the next one.
          await sandbox.close();
        },
      },
      {
        title: `publish ${profile.outputs.value.join(', ')}`,
        async run() {
          artifacts.push(tarball);
          for (const name of profile.outputs.value) {
            const produced = await outputFormat(name).produce({
              profile,
              log,
              rootfs: tarball,
              directory: temporary,
              epoch,
            });
            artifacts.push(...produced);
          }
          artifacts.push(await writeManifest(options, temporary, rootfs, artifacts, warnings));
          options.signal?.throwIfAborted();
          result.published = await publish(profile.name, options.directory, artifacts, epoch);
        },
      },
    ],
  };
  return { job, result };
}

async function writeManifest(
  { profile, epoch }: BuildOptions,
  directory: string,
  rootfs: Rootfs,
  artifacts: readonly Artifact[],
  warnings: readonly string[],
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
  });
  const file = path.join(directory, 'manifest.json');
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
  return { name: 'manifest', extension: '.json', ...(await hashFile(file)) };
}

/** Unfinished files of a build; nobody but the holder of the folder's lock makes them. */
const PARTIAL = '.partial-';

/** Removes what a build left that was killed with SIGKILL. */
export async function removePartial(directory: string): Promise<void> {
  for (const name of await readdir(directory))
    if (name.startsWith(PARTIAL))
      await rm(path.join(directory, name), { recursive: true, force: true });
}

/** Makes `obj/<profile>`, for the caller when that is sudo. */
export async function prepareDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  for (let folder = directory; folder.length >= first.length; folder = path.dirname(folder))
    await giveToCaller(folder);
}
