import { existsSync } from 'node:fs';
import path from 'node:path';
import { BUILD_TOOLS } from '../build-profile.ts';
import { buildEpoch, buildSeed } from '../build-seed.ts';
import { hookLabel, type Hook } from '../config/collection.ts';
import { suggestion } from '../config/did-you-mean.ts';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import { ARCHITECTURES } from '../config/settings.ts';
import { requireBinfmt } from '../host/binfmt.ts';
import { openBuildLog } from '../host/build-log.ts';
import { withCleanup } from '../host/cleanup.ts';
import { UserError } from '../host/errors.ts';
import { giveToCaller } from '../host/file-owner.ts';
import { openSandbox, type Sandbox } from '../host/sandbox.ts';
import { requireTools } from '../host/tools.ts';
import { unpackRoot } from '../host/unpack-root.ts';
import { prepareDirectory } from '../output-directory.ts';
import { linkName } from '../publish/names.ts';
import { buildRootfs } from '../rootfs/build-rootfs.ts';
import { hookEnvironment } from '../rootfs/hook-environment.ts';
import { readSecrets } from '../rootfs/read-secrets.ts';
import { outputRoot, resolve, shellCommand, type CommonArguments } from './common.ts';

export interface ShellArguments extends CommonArguments {
  readonly profile: string;
  readonly command?: readonly string[] | undefined;
  readonly before?: string | undefined;
  readonly workdir?: string | undefined;
  readonly outputDir?: string | undefined;
}

/**
 * `mkimage shell`: a shell in a copy of the newest root file system that is thrown away afterwards,
 * or with `--before HOOK` in the root as it is when that hook is about to run.
 * @returns the exit code of the shell
 */
export async function shell(args: ShellArguments): Promise<number> {
  const profile = resolve(args.profile, args);
  requireBinfmt(ARCHITECTURES[profile.settings.arch.value]);
  return withCleanup(async (defer, signal) => {
    if (args.before === undefined) {
      const tarball = newestTarball(profile, args);
      const sandbox = await openSandbox({ workdir: args.workdir, signal });
      defer(() => sandbox.close());
      return enterCopy(tarball, sandbox, args);
    }
    const hook = findHook(profile, args.before);
    requireTools(BUILD_TOOLS);
    const directory = path.join(outputRoot(args.outputDir), profile.name);
    await prepareDirectory(directory);
    const log = openBuildLog(path.join(directory, 'shell.log'));
    await giveToCaller(log.path);
    defer(() => {
      log.close();
    });
    const sandbox = await openSandbox({ log, workdir: args.workdir, signal });
    defer(() => sandbox.close());
    return enterBefore(hook, profile, sandbox, log, args);
  });
}

function newestTarball(profile: ResolvedProfile, args: ShellArguments): string {
  const link = path.join(
    outputRoot(args.outputDir),
    profile.name,
    linkName(profile.name, { name: 'rootfs', extension: '.tar.zst' }),
  );
  if (existsSync(link)) return link;
  throw new UserError(`${profile.name} has not been built yet: there is no ${link}`, {
    hint: `./mkimage ${args.profile}`,
  });
}

async function enterCopy(tarball: string, sandbox: Sandbox, args: ShellArguments): Promise<number> {
  const root = path.join(sandbox.tree, 'root');
  process.stderr.write(`unpacking ${path.basename(tarball)} …\n`);
  await unpackRoot(tarball, root, sandbox);
  process.stderr.write('this copy is thrown away when the shell ends\n');
  return sandbox.interactiveInRoot(root, commandOf(args), { env: { MKIMAGE_SHELL: '1' } });
}

const commandOf = ({ command }: ShellArguments): readonly string[] =>
  command === undefined || command.length === 0 ? ['/bin/bash', '--login'] : command;

function findHook(profile: ResolvedProfile, given: string): Hook {
  const hooks = (['setup', 'extract', 'essential', 'customize'] as const).flatMap(
    (phase) => profile.hooks[phase],
  );
  const found = hooks.find(
    (hook) =>
      hookLabel(hook) === given || `${hook.phase}/${hook.file}` === given || hook.file === given,
  );
  if (found !== undefined) return found;
  const labels = hooks.map(hookLabel);
  throw new UserError(`this profile has no hook "${given}"`, {
    hint: suggestion(given, labels, 'hooks', labels.join('\n')),
  });
}

/** Ends a build on purpose, once the shell is over. */
class ShellEnded extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super('the shell ended');
    this.exitCode = exitCode;
  }
}

async function enterBefore(
  wanted: Hook,
  profile: ResolvedProfile,
  sandbox: Sandbox,
  log: ReturnType<typeof openBuildLog>,
  args: ShellArguments,
): Promise<number> {
  const { values, secrets } = readSecrets(profile);
  log.redact(secrets);
  const ignore = (): void => undefined;
  const context = {
    shellCommand: shellCommand(profile, args),
    profile,
    log,
    values,
    epoch: buildEpoch(process.env, profile.settings.snapshot.value),
    seed: buildSeed(profile),
    warn: ignore,
    note: ignore,
  };
  const label = hookLabel(wanted);
  process.stderr.write(`building ${profile.name} up to ${label} …\n`);
  try {
    await buildRootfs({
      context,
      sandbox,
      onDetail: ignore,
      async beforeHook(hook, root) {
        if (hookLabel(hook) !== label) return;
        process.stderr.write(`the image as ${label} would find it; it is thrown away afterwards\n`);
        const env = { ...hookEnvironment(hook, context), TERM: process.env.TERM ?? 'dumb' };
        throw new ShellEnded(
          await sandbox.interactiveInRoot(root, commandOf(args), { env, extendEnv: false }),
        );
      },
    });
  } catch (error) {
    if (error instanceof ShellEnded) return error.exitCode;
    throw error;
  }
  throw new Error(`the build ended without reaching ${label}`);
}
