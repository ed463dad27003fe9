import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildLog } from '../host/build-log.ts';
import { UserError } from '../host/errors.ts';
import type { Sandbox } from '../host/sandbox.ts';
import type { BuildContext } from '../rootfs/build-context.ts';
import { readSecrets } from '../rootfs/read-secrets.ts';
import { RUN_COPY, runHook } from '../rootfs/run-hook.ts';
import { resolve, shellCommand, type CommonArguments } from './common.ts';

export interface LastLookArguments extends CommonArguments {
  readonly profile?: string | undefined;
  readonly exec?: readonly string[] | undefined;
  readonly shell: boolean;
}

/** What hooks of a disk are told. */
export interface LastLookContext {
  readonly epoch: number;
  readonly seed: string;
  readonly log: BuildLog;
  readonly warn: (text: string) => void;
}

/**
 * What is done in the root once its tables are written and before its initramfs is made: the disk
 * hooks of a profile's collections, `--exec`, `--shell`. Undefined: nothing.
 * @throws ConfigError with the mistakes of the profile
 */
export function lastLook(
  args: LastLookArguments,
  context: LastLookContext,
): ((root: string, sandbox: Sandbox) => Promise<void>) | undefined {
  const hooks = args.profile === undefined ? undefined : diskHooks(args.profile, args, context);
  const scripts = args.exec ?? [];
  if (hooks === undefined && scripts.length === 0 && !args.shell) return undefined;
  return async (root, sandbox) => {
    await hooks?.(root, sandbox);
    const options = { extendEnv: false, env: environmentOf(context.epoch) };
    for (const script of scripts) await runScript(script, root, sandbox, options);
    if (!args.shell) return;
    process.stderr.write('\na shell in the image; exit goes on, exit 1 stops\n');
    const code = await sandbox.interactiveInRoot(root, ['/bin/bash', '--login'], options);
    if (code !== 0) throw new UserError(`the shell ended with exit code ${code}: stopped`);
  };
}

function diskHooks(
  name: string,
  args: LastLookArguments,
  { epoch, seed, log, warn }: LastLookContext,
): (root: string, sandbox: Sandbox) => Promise<void> {
  const profile = resolve(name, args);
  const { values, secrets, warnings } = readSecrets(profile);
  log.redact(secrets);
  warnings.forEach(warn);
  const context: BuildContext = {
    profile,
    log,
    values,
    epoch,
    seed,
    shellCommand: shellCommand(profile, args),
    warn,
    note: warn,
  };
  return async (root, sandbox) => {
    for (const hook of profile.hooks.disk) await runHook(hook, root, sandbox, context);
  };
}

/** Programs of the image see nothing of the host's environment, where there may be secrets. */
function environmentOf(epoch: number): NodeJS.ProcessEnv {
  const { PATH, TERM, http_proxy, https_proxy, no_proxy } = process.env;
  return {
    LC_ALL: 'C.UTF-8',
    HOME: '/root',
    DEBIAN_FRONTEND: 'noninteractive',
    SOURCE_DATE_EPOCH: String(epoch),
    ...{ PATH, TERM, http_proxy, https_proxy, no_proxy },
  };
}

async function runScript(
  script: string,
  root: string,
  sandbox: Sandbox,
  options: { readonly extendEnv: boolean; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  const input = await readFile(path.resolve(script)).catch((error: unknown) => {
    throw new UserError(`--exec ${script}: ${(error as Error).message}`, { cause: error });
  });
  await sandbox.runInRoot(root, ['/bin/sh', '-c', RUN_COPY, 'sh', '/run/tar-to-disk-exec'], {
    ...options,
    input,
    capture: false,
    logCommand: ['chroot', root, script],
  });
}
