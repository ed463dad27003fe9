import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { hookLabel, type Hook } from '../config/collection.ts';
import { CommandError, UserError } from '../host/errors.ts';
import { runInRootScript, type Sandbox } from '../host/sandbox.ts';
import { shellQuote } from '../host/shell-quote.ts';
import type { BuildContext } from './build-context.ts';
import { hookEnvironment } from './hook-environment.ts';

/** A hook failed: which one, how, its last words, and how to look around at that point. */
export class HookError extends UserError {
  readonly hook: Hook;

  constructor(hook: Hook, cause: CommandError, shellCommand: readonly string[]) {
    const how =
      cause.signal === undefined
        ? `exit code ${cause.commandExitCode ?? 'unknown'}`
        : `killed by ${cause.signal}`;
    const lines = [
      `hook ${hook.phase}/${hook.file} of collection "${hook.collection}" failed: ${how}`,
      `  file: ${hook.path}`,
      ...(cause.lastLines.length === 0
        ? []
        : ['  last lines:', ...cause.lastLines.slice(-15).map((line) => `    ${line}`)]),
      ...(cause.logFile === undefined ? [] : [`  full log: ${cause.logFile}`]),
      // In the phase "disk" the build is over but for the boot loader.
      ...(hook.phase === 'disk'
        ? []
        : [
            `  shell in the image as it was before this hook: ${shellQuote([...shellCommand, '--before', hookLabel(hook)])}`,
          ]),
    ];
    super(lines.join('\n'), { cause });
    this.hook = hook;
  }
}

/**
 * Copies stdin to a file that nobody else can read, runs it, removes it. All inside the image. Only
 * the copy is private: what the script makes there has the modes that are usual in a system.
 */
export const RUN_COPY =
  '(umask 077; cat >"$1"); chmod 700 "$1"; umask 022; status=0; "$1" </dev/null || status=$?; rm -f "$1"; exit "$status"';

/**
 * Runs one hook: on the host side of the sandbox with the root as its argument, or inside the root.
 * @throws {HookError} when it fails
 */
export async function runHook(
  hook: Hook,
  root: string,
  sandbox: Sandbox,
  context: BuildContext,
): Promise<void> {
  const env = hookEnvironment(hook, context);
  const onLine = (line: string, stream: 'stdout' | 'stderr'): void => {
    if (stream !== 'stderr') return;
    const message = /^([WN]): (.+)$/.exec(line);
    if (message?.[1] === 'W') context.warn(message[2] ?? '');
    if (message?.[1] === 'N') context.note(message[2] ?? '');
  };
  const common = { log: context.log, onLine, capture: false, extendEnv: false };
  context.log.write(`-- hook ${hookLabel(hook)}`);
  try {
    if (hook.inChroot) {
      const copy = `/run/mkimage-hook-${hook.file}`;
      await sandbox.runInRoot(root, ['/bin/sh', '-c', RUN_COPY, 'sh', copy], {
        ...common,
        env: { ...env, PATH: SYSTEM_PATH },
        input: await readFile(hook.path),
        logCommand: ['chroot', root, copy],
      });
    } else {
      await sandbox.run([hook.path, root], {
        ...common,
        cwd: path.dirname(path.dirname(path.dirname(hook.path))),
        env: { ...env, MKIMAGE_CHROOT: runInRootScript, PATH: SYSTEM_PATH },
      });
    }
  } catch (error) {
    if (error instanceof CommandError)
      throw new HookError(
        hook,
        error,
        context.shellCommand.map((word) => context.log.clean(word)),
      );
    throw error;
  }
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
