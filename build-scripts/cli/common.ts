import path from 'node:path';
import { searchPaths, type SearchPaths } from '../config/search-paths.ts';
import { resolveProfile } from '../config/resolve-profile.ts';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import type { Architecture } from '../config/settings.ts';
import { ConfigError, type Diagnostic } from '../config/diagnostics.ts';
import { OUTPUT_NAMES } from '../outputs/index.ts';
import { projectDir } from './project-dir.ts';

/** Options every command takes. */
export interface CommonArguments {
  readonly collections?: readonly string[] | undefined;
  readonly set?: readonly string[] | undefined;
}

export function pathsOf(args: CommonArguments): SearchPaths {
  return searchPaths({
    projectDir,
    workingDir: process.cwd(),
    collections: args.collections,
    environmentPath: process.env.MKIMAGE_COLLECTIONS_PATH,
  });
}

/** `obj/` of the project, or what `--output-dir` says. */
export function outputRoot(outputDir: string | undefined): string {
  return outputDir === undefined ? path.join(projectDir, 'obj') : path.resolve(outputDir);
}

const HOST_ARCHITECTURES: Readonly<Record<string, Architecture>> = { x64: 'amd64', arm64: 'arm64' };

/** @throws ConfigError with the mistakes of this profile */
export function resolve(
  profile: string,
  args: CommonArguments,
  paths: SearchPaths = pathsOf(args),
): ResolvedProfile {
  return resolveProfile({
    profile,
    paths,
    set: args.set,
    knownOutputs: OUTPUT_NAMES,
    hostArch: HOST_ARCHITECTURES[process.arch],
  });
}

/** The `mkimage shell` that sees the same profile as this command. */
export function shellCommand(profile: ResolvedProfile, args: CommonArguments): string[] {
  const relative = path.relative(process.cwd(), profile.path);
  const shown = relative.length < profile.path.length ? relative : profile.path;
  return [
    ...['./mkimage', 'shell', shown],
    ...(args.collections ?? []).flatMap((folder) => ['--collections', folder]),
    ...(args.set ?? []).flatMap((assignment) => ['--set', assignment]),
  ];
}

/** @throws ConfigError with the mistakes of all of them */
export function resolveAll(profiles: readonly string[], args: CommonArguments): ResolvedProfile[] {
  const paths = pathsOf(args);
  const diagnostics: Diagnostic[] = [];
  const resolved: ResolvedProfile[] = [];
  for (const profile of profiles) {
    try {
      resolved.push(resolve(profile, args, paths));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      diagnostics.push(...error.diagnostics);
    }
  }
  const twin = resolved.find((profile, i) =>
    resolved.some(
      (other, j) => j < i && other.name === profile.name && other.path !== profile.path,
    ),
  );
  if (twin !== undefined) {
    diagnostics.push({
      message: `two profiles are called "${twin.name}" and would overwrite each other's images`,
      hint: 'rename one of the files',
      where: twin.path,
    });
  }
  if (diagnostics.length > 0) throw ConfigError.of(diagnostics);
  return resolved.filter(
    (profile, i) => resolved.findIndex((other) => other.path === profile.path) === i,
  );
}
