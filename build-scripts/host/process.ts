import { constants } from 'node:os';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { execa } from 'execa';
import type { BuildLog } from './build-log.ts';
import { CommandError } from './errors.ts';
import type { CommandPipes } from './fifo-pool.ts';
import { CAPTURE_LIMIT } from './output.ts';
import { runAll } from './run-all.ts';
import { RunningCommand, startFailure, withUmask } from './running-command.ts';
import { lendTerminal } from './terminal.ts';

/** How long pipes may stay open after a command has ended (a daemon holds them), in ms. */
const LINGER = 2000;

/** Bytes of a command's output that wait for a slow reader. */
const HELD = 1024 ** 2;

export type OutputStream = 'stdout' | 'stderr';

export interface PipeOptions {
  /** Added to this process's environment, or all of it with `extendEnv: false`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Default true. */
  readonly extendEnv?: boolean | undefined;
  readonly cwd?: string | undefined;
  /** What the command reads on stdin; default nothing. The place for secrets. */
  readonly input?: string | Uint8Array | Readable | undefined;
  /** Gets the command line and its output lines. */
  readonly log?: BuildLog | undefined;
  /** Sees each output line (also split at carriage returns), secrets removed. */
  readonly onLine?: ((line: string, stream: OutputStream) => void) | undefined;
  /** Ends the command: SIGTERM, after five seconds SIGKILL, to its whole process group. */
  readonly signal?: AbortSignal | undefined;
  /** Exit codes that are no failure; default `[0]`. */
  readonly allowExitCodes?: readonly number[] | undefined;
  /** What the log and errors show as the command instead of argv. */
  readonly logCommand?: readonly string[] | undefined;
  /** File mode creation mask of the command; default inherited. */
  readonly umask?: number | undefined;
}

/** What makes sense for a command that has the terminal. */
export type InteractiveOptions = Pick<
  PipeOptions,
  'env' | 'extendEnv' | 'cwd' | 'logCommand' | 'signal' | 'umask'
>;

export interface RunOptions extends PipeOptions {
  /**
   * Whether to return stdout (at most 1 MiB, more is an error); default true. With false, stdout
   * only goes to the log and `onLine`, however long it is.
   */
  readonly capture?: boolean | undefined;
}

export interface RunResult {
  /** Exactly what was printed, unless `capture` was false; then empty. */
  readonly stdout: string;
  /** The last MiB of it. */
  readonly stderr: string;
  readonly exitCode: number;
}

export interface PipedCommand {
  /** The command's output; it must be read to the end (or destroyed). */
  readonly stdout: Readable;
  /** Settles when the command has ended; rejects like `runCommand`. */
  readonly done: Promise<void>;
}

/**
 * Runs a command to its end.
 * @param pipes for its output, see FifoPool; by default it prints into sockets
 * @throws CommandError when it cannot be started, is killed, exits with a code that is not
 *   allowed, or prints more than 1 MiB on a captured stdout
 * @throws the reason of `signal` when that aborts
 */
export async function runCommand(
  argv: readonly string[],
  options: RunOptions = {},
  pipes?: CommandPipes,
): Promise<RunResult> {
  const running = new RunningCommand(argv, options, pipes);
  const capture = options.capture ?? true;
  const chunks: string[] = [];
  let length = 0;
  running.follow('stdout', (chunk) => {
    if (!capture) return;
    length += chunk.length;
    if (length > CAPTURE_LIMIT) {
      chunks.length = 0;
      running.fail(`printed more than ${CAPTURE_LIMIT} characters`);
    } else {
      chunks.push(chunk);
    }
  });
  const exitCode = await running.ended(LINGER);
  return { stdout: chunks.join(''), stderr: running.errors.text(), exitCode };
}

/** Starts a command whose stdout is a stream of any size: not logged, not kept in memory. */
export function pipeCommand(argv: readonly string[], options: PipeOptions = {}): PipedCommand {
  const running = new RunningCommand(argv, options);
  const done = running.ended().then(() => undefined);
  // Its reader usually fails first; `done` is still there to be awaited.
  done.catch(() => undefined);
  // execa lets output go that nobody reads at once.
  const stdout = new PassThrough({ highWaterMark: HELD });
  pipeline(running.streams.stdout, stdout, () => undefined);
  return { stdout, done };
}

/**
 * Runs a command with much output, none of which is logged or kept.
 * @param pipes for its output, with stdout in pieces
 * @param use reads the pieces to their end
 * @returns what `use` returns
 * @throws what `use` throws, or else like `runCommand`
 */
export async function readCommand<T>(
  argv: readonly string[],
  options: PipeOptions,
  pipes: CommandPipes,
  use: (pieces: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  const running = new RunningCommand(argv, options, pipes);
  const used = use(running.streams.stdout);
  // When nobody reads, the command can not go on either: the cause comes first.
  await runAll<unknown>([used, running.ended()]);
  return used;
}

/**
 * Hands the terminal to a command, e.g. a shell. Ctrl-C is the command's alone while it runs.
 * @returns its exit code, or 128 + N when signal N killed it
 * @throws CommandError when it cannot be started
 * @throws the reason of `signal` when that aborts
 */
export async function runInteractive(
  argv: readonly string[],
  options: InteractiveOptions = {},
): Promise<number> {
  const [file = '', ...args] = argv;
  const giveBack = lendTerminal();
  try {
    const { exitCode, signal, cause } = await withUmask(options.umask, () =>
      execa(file, args, {
        ...(options.env === undefined ? {} : { env: { ...options.env } }),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        extendEnv: options.extendEnv ?? true,
        ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
        stdio: 'inherit',
        reject: false,
      }),
    );
    options.signal?.throwIfAborted();
    if (exitCode !== undefined) return exitCode;
    if (signal !== undefined) return 128 + constants.signals[signal];
    const command = options.logCommand ?? argv;
    throw new CommandError({ command, lastLines: [], reason: startFailure(cause) });
  } finally {
    giveBack();
  }
}
