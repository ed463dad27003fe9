import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import { withCleanup } from '../host/cleanup.ts';
import { CommandError, UserError } from '../host/errors.ts';
import { findProgram } from '../host/find-program.ts';
import { runCommand } from '../host/process.ts';
import { AS_ORDINARY_USER } from '../host/sandbox.ts';
import { linkName } from '../publish/names.ts';
import { outputRoot } from './common.ts';
import type { BuildArguments } from './build.ts';
import { diff } from './diff.ts';

interface PublishedFile {
  readonly name: string;
  readonly sha256?: string | undefined;
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/**
 * Builds profiles once more in other circumstances: without the cache, elsewhere, with another locale,
 * time zone, home, umask and number of processors, and in a user namespace, as ordinary users build.
 * Compares what both builds published.
 * @param epoch of the first build; SOURCE_DATE_EPOCH of this one
 * @returns 0 when all files are the same, 1 otherwise
 */
export async function verifyReproducible(
  profiles: readonly ResolvedProfile[],
  args: BuildArguments,
  epoch: number,
): Promise<number> {
  let exitCode = 0;
  await withCleanup(async (defer, signal) => {
    const folder = await mkdtemp(path.join(args.workdir ?? os.tmpdir(), 'mkimage-again-'));
    defer(() => rm(folder, { recursive: true, force: true }));
    for (const profile of profiles) {
      say(`${profile.name}: building it again, in other circumstances …`);
      await buildAgain(profile, args, { epoch, folder, signal });
      const first = await published(path.join(outputRoot(args.outputDir), profile.name), profile);
      const second = await published(path.join(folder, profile.name), profile);
      const different = first.files.filter(
        ({ name, sha256 }) => second.files.find((file) => file.name === name)?.sha256 !== sha256,
      );
      for (const { name } of first.files) {
        const isDifferent = different.some((file) => file.name === name);
        say(`${profile.name}: ${isDifferent ? 'DIFFERENT' : 'the same'}  ${name}`);
      }
      if (different.length === 0) continue;
      exitCode = 1;
      await explain(first, second, different);
    }
  });
  return exitCode;
}

interface Again {
  readonly epoch: number;
  readonly folder: string;
  readonly signal: AbortSignal;
}

async function buildAgain(
  profile: ResolvedProfile,
  args: BuildArguments,
  { epoch, folder, signal }: Again,
): Promise<void> {
  const command = [
    ...(findProgram('taskset') === undefined ? [] : ['taskset', '--cpu-list', '0']),
    ...[process.execPath, process.argv[1] ?? '', 'build', profile.path, '--quiet', '--no-cache'],
    ...['--output-dir', folder, '--workdir', folder],
    ...(args.collections ?? []).flatMap((one) => ['--collections', path.resolve(one)]),
    ...(args.set ?? []).flatMap((one) => ['--set', one]),
    ...(args.output ?? []).flatMap((one) => ['--output', one]),
    ...(args.until === undefined ? [] : ['--until', args.until]),
  ];
  try {
    await runCommand(command, {
      umask: 0o077,
      signal,
      capture: false,
      env: {
        SOURCE_DATE_EPOCH: String(epoch),
        LC_ALL: 'POSIX',
        LANG: 'tr_TR.UTF-8',
        TZ: 'Pacific/Chatham',
        HOME: folder,
        USER: 'mkimage-again',
        LOGNAME: 'mkimage-again',
        [AS_ORDINARY_USER]: '1',
      },
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(`${profile.name}: the second build has failed: ${error.message}`, {
      cause: error,
    });
  }
}

interface PublishedImage {
  readonly directory: string;
  readonly manifest: string;
  readonly files: readonly PublishedFile[];
}

async function published(directory: string, { name }: ResolvedProfile): Promise<PublishedImage> {
  const manifest = path.join(directory, linkName(name, { name: 'manifest', extension: '.json' }));
  const { files } = JSON.parse(await readFile(manifest, 'utf8')) as { files: PublishedFile[] };
  return { directory, manifest, files };
}

/** Which files of the root differ and how; of other formats, as far as there is a tool for it. */
async function explain(
  first: PublishedImage,
  second: PublishedImage,
  different: readonly PublishedFile[],
): Promise<void> {
  await diff({ a: first.manifest, b: second.manifest, json: false, all: true });
  if (findProgram('diffoscope') === undefined) {
    say('with diffoscope installed, the files themselves would be compared here');
    return;
  }
  for (const { name } of different) {
    const { stdout } = await runCommand(
      ['diffoscope', path.join(first.directory, name), path.join(second.directory, name)],
      { allowExitCodes: [0, 1, 2] },
    );
    process.stdout.write(stdout);
  }
}
