import { existsSync } from 'node:fs';
import { constants, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { askPassphrases } from '../ask-passphrases.ts';
import { buildEpoch } from '../build-seed.ts';
import { checkOutputs } from '../check-outputs.ts';
import { composeSteps, diskSeed } from '../compose-disk.ts';
import type { ComposeResult, Layout } from '../composition.ts';
import { ConfigError } from '../config/diagnostics.ts';
import { diskSection } from '../disk-section.ts';
import { measureTarball } from '../disk/measure-tarball.ts';
import { formatPlan, mountPointsOf, planDisk, planToJson } from '../disk/plan/index.ts';
import { openBuildLog } from '../host/build-log.ts';
import { withCleanup } from '../host/cleanup.ts';
import { exitCodeOf, formatError, UserError } from '../host/errors.ts';
import { giveToCaller } from '../host/file-owner.ts';
import { formatBytes, formatSeconds } from '../host/format.ts';
import { hashFile } from '../host/hash-file.ts';
import { withLock } from '../host/lock.ts';
import { runJobs, sideBySide, type ProgressMode } from '../host/progress.ts';
import { imageOfRoot, outputsStep } from '../make-outputs.ts';
import { prepareDirectory, removePartial, requireRoom } from '../output-directory.ts';
import { outputFormat } from '../outputs/index.ts';
import type { Artifact, ImageFacts } from '../outputs/output.ts';
import { publishedName } from '../publish/names.ts';
import { publish, type Published } from '../publish/publish.ts';
import { howToUse } from './how-to.ts';
import { lastLook } from './last-look.ts';
import { readLayout } from './read-layout.ts';
import { projectDir } from './project-dir.ts';
import { table } from './text.ts';

export interface DiskArguments {
  readonly tarball?: string | undefined;
  readonly config?: string | undefined;
  readonly uefi?: boolean | undefined;
  readonly bios?: boolean | undefined;
  readonly outputDir?: string | undefined;
  readonly name?: string | undefined;
  readonly size?: string | undefined;
  /** Names, each perhaps several with commas between. */
  readonly format?: readonly string[] | undefined;
  readonly seed?: string | undefined;
  readonly serial: boolean;
  readonly exec?: readonly string[] | undefined;
  readonly shell: boolean;
  readonly profile?: string | undefined;
  readonly collections?: readonly string[] | undefined;
  readonly set?: readonly string[] | undefined;
  readonly tools: 'tree' | 'host';
  readonly check: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly workdir?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly plain?: boolean | undefined;
}

/** `tar-to-disk`: from a root file system tarball and a layout to a published raw image. */
export async function writeDisk(args: DiskArguments): Promise<number> {
  const layout = readLayout(args);
  const name = args.name ?? imageName(args.tarball ?? 'disk');
  const formats = readFormats(args, name, layout);
  const seed = diskSeed(layout, name, args.seed);
  if (args.check || args.dryRun) return showPlan(args, layout, seed);
  const tarball = path.resolve(args.tarball ?? '');
  const directory = path.resolve(args.outputDir ?? '.');
  return withCleanup(async (defer, signal) => {
    await prepareDirectory(directory);
    defer(await withLock(directory, name));
    await removePartial(directory);
    await requireRoom(directory, { disk: true, formats: formats.length });
    if (!existsSync(tarball)) throw new UserError(`there is no tarball ${args.tarball ?? ''}`);
    const logFile = path.join(directory, `${name}_disk.log`);
    await rm(logFile, { force: true });
    const log = openBuildLog(logFile);
    await giveToCaller(logFile);
    defer(() => {
      log.close();
    });
    const temporary = await mkdtemp(path.join(directory, '.partial-'));
    defer(() => rm(temporary, { recursive: true, force: true }));
    const epoch = buildEpoch();
    const image = path.join(temporary, 'disk.raw');
    const asked = await askPassphrases(layout, signal);
    const { prepare, steps, verify, result, close } = composeSteps({
      layout,
      tarball,
      image,
      scratch: temporary,
      toolsCache: path.join(projectDir, 'obj', 'tools'),
      tools: args.tools,
      log,
      epoch: () => epoch,
      seed,
      asked,
      serial: args.serial ? { unit: 0, speed: 115_200 } : undefined,
      bootFiles: formats.includes('kernel') ? temporary : undefined,
      lastLook: lastLook(args, {
        epoch,
        seed,
        log,
        warn: (text) => {
          process.stderr.write(`warning: ${text}\n`);
        },
      }),
      workdir: args.workdir,
      signal,
      defer,
    });
    const imageOf = (): ImageFacts => imageOfRoot(name, requireFacts(result), layout.disk.firmware);
    let rootfs: Artifact | undefined;
    const { step: makeOutputs, made } = outputsStep({
      names: formats,
      image: imageOf,
      rootfs: () => rootfs ?? tarballArtifact(tarball),
      disk: { path: image, bytes: () => result.plan?.size ?? 0 },
      bootFiles: temporary,
      tools: () => result.tools,
      toolsCache: path.join(projectDir, 'obj', 'tools'),
      workdir: args.workdir,
      defer,
      directory: temporary,
      epoch: () => epoch,
      seed,
      log,
      signal,
    });
    const copyRootfs = {
      title: 'copy the tarball',
      async run() {
        const copy = path.join(temporary, 'rootfs.tar.zst');
        await copyFile(tarball, copy, constants.COPYFILE_FICLONE);
        rootfs = { name: 'rootfs', extension: '.tar.zst', ...(await hashFile(copy)) };
      },
    };
    let published: readonly Published[] = [];
    const publishStep = {
      title: 'publish',
      async run() {
        await close();
        const artifacts = [
          ...(rootfs === undefined ? [] : [rootfs]),
          ...[...made().values()].flat(),
        ];
        const manifest = await writeManifest(temporary, { name, args, result, artifacts, epoch });
        signal.throwIfAborted();
        published = await publish(name, directory, [...artifacts, manifest], epoch);
      },
    };
    // What is made of the root file system belongs beside it.
    const wantsRootfs = formats.some((format) => outputFormat(format).source === 'rootfs');
    const { failures, warnings, timings } = await runJobs(
      [
        {
          name,
          log,
          steps: [
            prepare,
            ...steps,
            ...(wantsRootfs ? [copyRootfs] : []),
            sideBySide(verify, makeOutputs),
            publishStep,
          ],
        },
      ],
      { mode: progressMode(args), signal },
    );
    for (const { text } of warnings) process.stderr.write(`warning: ${text}\n`);
    for (const { title, error } of failures)
      process.stderr.write(`\n${title}: ${formatError(error)}\n`);
    if (failures.length > 0) return Math.max(...failures.map(({ error }) => exitCodeOf(error)));
    if (args.quiet !== true) {
      process.stdout.write(
        summary(
          published,
          result,
          timings.map(({ title, seconds }) => [formatSeconds(seconds).padStart(10), title]),
          howToUse(formats, imageOf(), published),
        ),
      );
    }
    return 0;
  });
}

/** Formats of the command line, `raw` when there are none. @throws ConfigError */
function readFormats(args: DiskArguments, name: string, layout: Layout): string[] {
  const given = (args.format ?? []).flatMap((text) => text.split(',')).filter((it) => it !== '');
  const names = given.length === 0 ? ['raw'] : given;
  const mistakes = checkOutputs({
    names,
    // What the root is, is known when it is unpacked.
    image: imageOfRoot(name, { packages: new Set(), kernels: [], files: new Set() }, [
      ...layout.disk.firmware,
    ]),
    hasDisk: true,
    isContainer: undefined,
    where: 'command line, --format',
  });
  if (mistakes.length > 0) throw ConfigError.of(mistakes);
  return names;
}

function requireFacts({ facts }: ComposeResult): NonNullable<ComposeResult['facts']> {
  if (facts === undefined) throw new Error('the root was not looked at');
  return facts;
}

/** For formats that do not read it. */
function tarballArtifact(tarball: string): Artifact {
  return { name: 'rootfs', extension: '.tar.zst', path: tarball, bytes: 0, sha256: undefined };
}

/** `deb12-amd64-kvm_rootfs_2026-11-20_1795129200.tar.zst` → `deb12-amd64-kvm` */
export function imageName(tarball: string): string {
  return path
    .basename(tarball)
    .replace(/\.tar(\.\w+)?$/, '')
    .replace(/_rootfs(_\d{4}-\d{2}-\d{2}_\d+)?$/, '');
}

function progressMode(args: DiskArguments): ProgressMode {
  if (args.quiet === true) return 'quiet';
  if (args.verbose === true) return 'verbose';
  // A shell needs the terminal for itself.
  return args.plain === true || args.shell ? 'plain' : 'auto';
}

async function showPlan(args: DiskArguments, layout: Layout, seed: string): Promise<number> {
  const contents =
    args.tarball === undefined
      ? {}
      : await measureTarball(path.resolve(args.tarball), mountPointsOf(layout.disk));
  const plan = planDisk({ ...layout, contents, seed });
  if (args.check && !args.dryRun)
    process.stdout.write(`no mistakes found in ${args.config ?? 'the built-in layout'}\n`);
  else process.stdout.write(args.json ? planToJson(plan) : formatPlan(plan));
  return 0;
}

async function writeManifest(
  directory: string,
  input: {
    name: string;
    args: DiskArguments;
    result: ComposeResult;
    artifacts: readonly Artifact[];
    epoch: number;
  },
): Promise<Artifact> {
  const { name, args, result, artifacts, epoch } = input;
  const manifest = {
    schema: 1,
    name,
    built: new Date(epoch * 1000).toISOString(),
    tarball: path.basename(args.tarball ?? ''),
    disk: diskSection(result),
    files: artifacts.map((artifact) => ({
      name: publishedName(name, artifact, epoch),
      bytes: artifact.bytes,
      sha256: artifact.sha256 ?? null,
    })),
  };
  const file = path.join(directory, 'disk-manifest.json');
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
  return { name: 'disk-manifest', extension: '.json', ...(await hashFile(file)) };
}

function summary(
  published: readonly Published[],
  result: ComposeResult,
  timings: string[][],
  howTo: readonly string[],
): string {
  const folder = path.dirname(published[0]?.path ?? '.');
  const rows = published.map(({ path: file, artifact }) => [
    path.basename(file),
    formatBytes(artifact.bytes),
  ]);
  return [
    '',
    ...table(timings),
    '',
    '  verified:',
    ...result.checks.map((check) => `    ${check}`),
    ...(result.secureBoot ? ['    Secure Boot: shim and GRUB signed by Debian are in place'] : []),
    '',
    `  ${folder}/`,
    ...table(rows).map((line) => `    ${line}`),
    '',
    ...howTo,
  ].join('\n');
}
