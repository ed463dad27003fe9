import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { BuildLog } from './build-log.ts';
import { FifoPool } from './fifo-pool.ts';
import { withSystemFolders } from './find-program.ts';
import {
  type InteractiveOptions,
  type PipedCommand,
  type PipeOptions,
  pipeCommand,
  readCommand,
  runCommand,
  runInteractive,
  type RunOptions,
  type RunResult,
} from './process.ts';
import { startInit, type SandboxKind } from './sandbox-init.ts';
import { requireSandboxHost } from './sandbox-host.ts';
import { scriptPath } from './script-path.ts';
import { startProcess, type StartedProcess, type StartOptions } from './start-process.ts';
import { UserError } from './errors.ts';
import { makeWorkspace } from './workspace.ts';

/** Below this much available memory, in bytes, `memory: 'auto'` works on disk. */
const ENOUGH_MEMORY = 4 * 1024 ** 3;
/** How much of the available memory the tree may fill. */
const MEMORY_SHARE = 0.8;

/** `runInRoot`'s script, for hooks: `"$MKIMAGE_CHROOT" ROOT COMMAND…` inside a sandbox. */
export const runInRootScript: string = scriptPath('run-in-root.sh');

export interface SandboxOptions {
  /** Gets what the sandbox itself has to say; also the default of `run` and the others. */
  readonly log?: BuildLog | undefined;
  /** Where to make the workspace; default `$MKIMAGE_WORKDIR`, `$TMPDIR`, /tmp. */
  readonly workdir?: string | undefined;
  /**
   * Keep `tree` in memory: `auto` when at least 4 GiB are available. The default is `auto`, or
   * `false` when somebody chose a place to work in, by `workdir` or `$MKIMAGE_WORKDIR`.
   */
  readonly memory?: 'auto' | boolean | undefined;
  /** Default of `run` and the others. Does not close the sandbox: that is `close`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One private place to work in, the same for root and for an ordinary user: uid 0, own mounts and
 * processes, umask 022, the host's files as they are. Nothing outlives it, not even when this
 * process is killed with SIGKILL.
 *
 * In each command TMPDIR is a private directory and PATH includes the sbin folders; logs and errors
 * show the command as it was given.
 */
export interface Sandbox {
  /** The workspace. Gone after `close`. */
  readonly directory: string;
  /** For files this process hands to the inside; read- and writable from both. */
  readonly stage: string;
  /**
   * For root trees. Only commands in the sandbox see what is in it (a tmpfs when `inMemory`;
   * otherwise files of foreign owners).
   */
  readonly tree: string;
  readonly inMemory: boolean;
  readonly kind: SandboxKind;
  /** `runCommand` inside. */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** `pipeCommand` inside. */
  pipe(argv: readonly string[], options?: PipeOptions): PipedCommand;
  /** `readCommand` inside. */
  read<T>(
    argv: readonly string[],
    options: PipeOptions,
    use: (pieces: AsyncIterable<Buffer>) => Promise<T>,
  ): Promise<T>;
  /** `runInteractive` inside. */
  interactive(argv: readonly string[], options?: InteractiveOptions): Promise<number>;
  /** `startProcess` inside. */
  start(argv: readonly string[], options: StartOptions): StartedProcess;
  /**
   * `run` in the root directory `root`, with /proc, /sys and a minimal /dev. Its mounts and every
   * process it leaves behind end with it. Exit codes of signals become 128 + N.
   */
  runInRoot(root: string, argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  interactiveInRoot(
    root: string,
    argv: readonly string[],
    options?: InteractiveOptions,
  ): Promise<number>;
  /**
   * Kills what still runs inside and removes the workspace. May be called more than once.
   * @throws UserError when the workspace could not be removed
   */
  close(): Promise<void>;
}

/**
 * @throws UserError when this host cannot run a sandbox or the work directory will not do
 * @throws CommandError when the kernel refuses
 */
export async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  requireSandboxHost();
  options.signal?.throwIfAborted();
  const workspace = await makeWorkspace(options.workdir);
  const kind = sandboxKind();
  const init = await startInit({
    workspace: workspace.directory,
    memory: memoryLimit(options.memory ?? (isPlaceChosen(options) ? false : 'auto')),
    kind,
    log: options.log,
  }).catch(async (error: unknown) => {
    // Still empty: no command ever ran in it.
    await rm(workspace.directory, { recursive: true, force: true });
    throw error;
  });

  const pipes = new FifoPool(workspace.pipes);

  /** The nsenter command line, and the options that go with it. */
  function enter(argv: readonly string[], given: RunOptions = {}) {
    if (init.hasEnded()) throw new Error('the sandbox is closed');
    const { env = {}, extendEnv = true, cwd = process.cwd() } = given;
    const inherited = extendEnv ? process.env : {};
    const all: Record<string, string | undefined> = { ...inherited, TMPDIR: workspace.tmp, ...env };
    return {
      argv: [
        ...['nsenter', '--target', String(init.pid), '--mount', '--pid'],
        ...(kind === 'root' ? [] : ['--user', '--setuid=0', '--setgid=0']),
        // Resolved inside: the tmpfs on tree/ is not there for the outside.
        ...[`--wdns=${cwd}`, '--', ...argv],
      ],
      options: {
        log: options.log,
        signal: options.signal,
        logCommand: argv,
        ...given,
        cwd: '/',
        env: { ...all, PATH: withSystemFolders(all.PATH) },
        extendEnv: false,
        umask: 0o022,
      },
    };
  }
  function inRoot(root: string, argv: readonly string[], given?: RunOptions) {
    return enter(['/bin/sh', runInRootScript, root, ...argv], {
      logCommand: ['chroot', root, ...argv],
      ...given,
    });
  }

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    await init.end();
    if (existsSync(workspace.directory)) {
      throw new UserError(`the workspace ${workspace.directory} could not be removed`, {
        hint: `remove it as root: rm -rf --one-file-system ${workspace.directory}`,
      });
    }
  }

  return {
    directory: workspace.directory,
    stage: workspace.stage,
    tree: workspace.tree,
    inMemory: init.inMemory,
    kind,
    async run(argv, given) {
      const inside = enter(argv, given);
      return pipes.lend((pair) => runCommand(inside.argv, inside.options, pair));
    },
    pipe(argv, given) {
      const inside = enter(argv, given);
      return pipeCommand(inside.argv, inside.options);
    },
    async read(argv, given, use) {
      const inside = enter(argv, given);
      return pipes.lendPieces((pair) => readCommand(inside.argv, inside.options, pair, use));
    },
    async interactive(argv, given) {
      const inside = enter(argv, given);
      return runInteractive(inside.argv, inside.options);
    },
    start(argv, given) {
      return startProcess(enter(argv).argv, given);
    },
    async runInRoot(root, argv, given) {
      const inside = inRoot(root, argv, given);
      return pipes.lend((pair) => runCommand(inside.argv, inside.options, pair));
    },
    async interactiveInRoot(root, argv, given) {
      const inside = inRoot(root, argv, given);
      return runInteractive(inside.argv, inside.options);
    },
    close: () => (closing ??= close()),
  };
}

/** Root may build as an ordinary user does: {@link AS_ORDINARY_USER}. */
export const AS_ORDINARY_USER = 'MKIMAGE_USER_NAMESPACE';

const sandboxKind = (): SandboxKind =>
  process.geteuid?.() === 0 && process.env[AS_ORDINARY_USER] !== '1' ? 'root' : 'user namespace';

function isPlaceChosen({ workdir = process.env.MKIMAGE_WORKDIR }: SandboxOptions): boolean {
  return workdir !== undefined;
}

/** @returns bytes for the tmpfs on tree/, 0 for none */
function memoryLimit(memory: 'auto' | boolean): number {
  if (memory === false) return 0;
  const available = process.availableMemory();
  if (memory === 'auto' && available < ENOUGH_MEMORY) return 0;
  return Math.floor(available * MEMORY_SHARE);
}
