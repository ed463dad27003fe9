import { rm } from 'node:fs/promises';
import path from 'node:path';
import { askPassphrases } from '../ask-passphrases.ts';
import { buildJob, makesDisk } from '../build-profile.ts';
import type { BuildCache, BuildResult, BuildUntil } from '../build-request.ts';
import { buildEpoch, pinnedEpoch } from '../build-seed.ts';
import { ConfigError } from '../config/diagnostics.ts';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import { openBuildLog } from '../host/build-log.ts';
import { withCleanup } from '../host/cleanup.ts';
import { exitCodeOf, formatError, UserError } from '../host/errors.ts';
import { giveToCaller } from '../host/file-owner.ts';
import { runJobs, type JobsResult, type ProgressMode } from '../host/progress.ts';
import { withLock } from '../host/lock.ts';
import { Store } from '../cache/store.ts';
import { diskMistakes, outputMistakes, withOutputs } from './check-profile.ts';
import { cacheDirectory, cacheLimit, pruneAfterBuild } from './cache-place.ts';
import { pathsOf, outputRoot, resolveAll, shellCommand, type CommonArguments } from './common.ts';
import { prepareDirectory, requireRoom } from '../output-directory.ts';
import { buildTools } from '../program-version.ts';
import { projectDir } from './project-dir.ts';
import { summary } from './summary.ts';

export interface BuildArguments extends CommonArguments {
  readonly profile: readonly string[];
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly plain?: boolean;
  readonly workdir?: string;
  readonly jobs?: number;
  readonly outputDir?: string;
  /** Names, each perhaps several with commas between. */
  readonly output?: readonly string[];
  readonly until?: BuildUntil;
  readonly cache?: boolean | undefined;
  readonly cacheDir?: string | undefined;
  readonly offline?: boolean | undefined;
  readonly refresh?: boolean | undefined;
  readonly verifyReproducible?: boolean | undefined;
}

/** `mkimage build`: builds profiles side by side, each into its own folder below `obj/`. */
export async function build(args: BuildArguments): Promise<number> {
  // A mistake in it is found now, not when all is built.
  const limit = args.cache === false ? undefined : cacheLimit();
  // Meanwhile the profiles are read.
  const tools = buildTools(projectDir);
  tools.catch(() => undefined);
  const profiles = resolveAll(args.profile, args).map((profile) =>
    withOutputs(profile, args.output),
  );
  const paths = pathsOf(args);
  const mistakes = profiles.flatMap((profile) => [
    ...outputMistakes(profile, paths),
    ...diskMistakes(profile),
  ]);
  if (mistakes.length > 0) throw ConfigError.of(mistakes);
  const mode: ProgressMode =
    args.quiet === true
      ? 'quiet'
      : args.verbose === true
        ? 'verbose'
        : args.plain === true
          ? 'plain'
          : 'auto';
  const root = outputRoot(args.outputDir);
  const now = buildEpoch();
  // Identities and times of both builds follow from it.
  if (args.verifyReproducible === true) process.env.SOURCE_DATE_EPOCH = String(now);
  const built = await withCleanup(async (defer, signal) => {
    const builds: { profile: ResolvedProfile; directory: string; result: BuildResult }[] = [];
    const jobs = [];
    const cache = await openCache(args, tools);
    for (const profile of profiles) {
      const directory = path.join(root, profile.name);
      await prepareDirectory(directory);
      await requireRoom(directory, {
        disk: profile.disk !== undefined && args.until !== 'rootfs',
        formats: profile.outputs.value.length,
      });
      defer(await withLock(directory, profile.name));
      // One build, one log: what an earlier one said would only mislead.
      const logFile = path.join(directory, 'build.log');
      await rm(logFile, { force: true });
      const log = openBuildLog(logFile);
      await giveToCaller(log.path);
      defer(() => {
        log.close();
      });
      const layout = makesDisk(profile, args.until) ? profile.disk : undefined;
      const asked = layout && (await askPassphrases({ ...layout, disk: layout.layout }, signal));
      const { job, result } = buildJob({
        profile,
        directory,
        log,
        epoch: pinnedEpoch(profile.settings.snapshot.value) ?? now,
        cache,
        toolsCache: path.join(projectDir, 'obj', 'tools'),
        asked,
        until: args.until,
        workdir: args.workdir,
        shellCommand: shellCommand(profile, args),
        signal,
        defer,
      });
      builds.push({ profile, directory, result });
      jobs.push(job);
    }
    // Two at a time keep two processors and the network busy; more fight for memory.
    const outcome = await runJobs(jobs, {
      mode,
      signal,
      concurrency: args.jobs ?? Math.min(2, jobs.length),
    });
    if (cache !== undefined && limit !== undefined) await pruneAfterBuild(cache.store, limit);
    return { builds, outcome };
  });
  const exitCode = report(built.builds, built.outcome, mode);
  if (exitCode !== 0 || args.verifyReproducible !== true) return exitCode;
  const { verifyReproducible } = await import('./verify-reproducible.ts');
  return verifyReproducible(profiles, args, now);
}

async function openCache(
  args: BuildArguments,
  tools: BuildCache['tools'],
): Promise<BuildCache | undefined> {
  if (args.cache === false) return undefined;
  const store = await Store.open(cacheDirectory(args.cacheDir));
  if (store === undefined && args.offline === true) {
    throw new UserError(`there is no cache to build from at ${cacheDirectory(args.cacheDir)}`);
  }
  const freshness = args.offline === true ? 'offline' : args.refresh === true ? 'refresh' : 'ask';
  return store && { store, freshness, tools };
}

function report(
  builds: readonly { profile: ResolvedProfile; directory: string; result: BuildResult }[],
  outcome: JobsResult,
  mode: ProgressMode,
): number {
  const err = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  for (const { job, text } of outcome.notes) if (mode !== 'quiet') err(`note: ${job}: ${text}`);
  for (const { job, text } of outcome.warnings) err(`warning: ${job}: ${text}`);
  for (const { profile, result } of builds) {
    if (result.published.length === 0) continue;
    if (mode === 'quiet') continue;
    process.stdout.write(summary(profile, result, outcome.timings));
  }
  for (const failure of outcome.failures)
    err(`\n${failure.job}: ${failure.title}: ${formatError(failure.error)}`);
  return outcome.failures.length === 0
    ? 0
    : Math.max(...outcome.failures.map(({ error }) => exitCodeOf(error)));
}
