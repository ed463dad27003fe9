/**
 * The stages of mkimage for use by other programs: resolve a profile, plan, build, publish.
 *
 * @example
 * const paths = searchPaths({ projectDir, workingDir: process.cwd() });
 * const profile = resolveProfile({ profile: 'deb12-amd64-lxc', paths, knownOutputs: OUTPUT_NAMES });
 * const { job, result } = buildJob({ profile, directory, log, epoch: buildEpoch(), defer });
 * await runJobs([job]);
 */
export { buildJob } from './build-profile.ts';
export type { BuildOptions, BuildResult } from './build-request.ts';
export { buildEpoch } from './build-seed.ts';
export { composeSteps } from './compose-disk.ts';
export type { ComposeOptions, Composition } from './composition.ts';
export { ConfigError, type Diagnostic } from './config/diagnostics.ts';
export { resolveProfile, type ResolveRequest } from './config/resolve-profile.ts';
export type { ResolvedProfile } from './config/resolved-profile.ts';
export { searchPaths, type SearchPaths } from './config/search-paths.ts';
export { planOf, type Plan } from './cli/plan-data.ts';
export { openBuildLog, type BuildLog } from './host/build-log.ts';
export { withCleanup } from './host/cleanup.ts';
export { CommandError, InterruptedError, UserError } from './host/errors.ts';
export { runJobs, type Job, type JobsResult } from './host/progress.ts';
export { openSandbox, type Sandbox } from './host/sandbox.ts';
export { OUTPUT_FORMATS, OUTPUT_NAMES } from './outputs/index.ts';
export type { Artifact, OutputFormat } from './outputs/output.ts';
export { mmdebstrapCommand } from './rootfs/mmdebstrap-command.ts';
export { buildRootfs } from './rootfs/build-rootfs.ts';
