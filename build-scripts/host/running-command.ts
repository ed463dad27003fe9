import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { execa, type Options } from 'execa';
import { endGroup, killGroup, trackGroup } from './children.ts';
import { CommandError } from './errors.ts';
import { closeWriteEnds, type CommandPipes } from './fifo-pool.ts';
import { LineSplitter } from './line-splitter.ts';
import { LineTail, TextTail } from './output.ts';
import type { OutputStream, PipeOptions } from './process.ts';

/** Lines kept for the error message and for `likelyCause`, which looks further back. */
const TAIL_LINES = 50;

/** Starts `begin` under a umask; spawning is synchronous, so nothing else sees the change. */
export function withUmask<T>(umask: number | undefined, begin: () => T): T {
  if (umask === undefined) return begin();
  const before = process.umask(umask);
  try {
    return begin();
  } finally {
    process.umask(before);
  }
}

function spawn(argv: readonly string[], options: PipeOptions, pipes: CommandPipes | undefined) {
  const [file = '', ...args] = argv;
  const execaOptions: Options = {
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    // execa takes any file descriptor, but its types only know the numbers up to 9.
    stdout: (pipes?.stdout.writeEnd as 9 | undefined) ?? 'pipe',
    stderr: (pipes?.stderr.writeEnd as 9 | undefined) ?? 'pipe',
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    extendEnv: options.extendEnv ?? true,
    buffer: false,
    reject: false,
    // A session of its own (setsid): Ctrl-C reaches only this program, which then cleans up.
    detached: true,
    cleanup: false,
  };
  return withUmask(options.umask, () => execa(file, args, execaOptions));
}

/** A command while it runs: its output as lines to the log and the error, its end as a promise. */
export class RunningCommand {
  /** What it prints; stdout is unread unless `follow` was called. */
  readonly streams: Readonly<Record<OutputStream, Readable>>;
  /** The last MiB of stderr. */
  readonly errors = new TextTail();
  private readonly tail = new LineTail(TAIL_LINES);
  private readonly child: ReturnType<typeof spawn>;
  private readonly argv: readonly string[];
  private readonly options: PipeOptions;
  private readonly splitters: LineSplitter[] = [];
  private readonly read: Promise<unknown>[] = [];
  private reason: string | undefined;

  /**
   * @param pipes used for its output instead of Node's sockets, and closed when it has ended
   * @throws the reason of `options.signal` when it has already aborted
   */
  constructor(argv: readonly string[], options: PipeOptions, pipes?: CommandPipes) {
    options.signal?.throwIfAborted();
    this.argv = options.logCommand ?? argv;
    this.options = options;
    options.log?.command(this.argv);
    this.child = spawn(argv, options, pipes);
    if (pipes !== undefined) closeWriteEnds(pipes);
    const stdout = pipes?.stdout.reader ?? this.child.stdout;
    const stderr = pipes?.stderr.reader ?? this.child.stderr;
    if (!stdout || !stderr) throw new Error('a command without output streams');
    this.streams = { stdout, stderr };
    this.follow('stderr', (chunk) => {
      this.errors.push(chunk);
    });
  }

  /** Reads a stream as text, and its lines into the log. */
  follow(name: OutputStream, onChunk: (chunk: string) => void): void {
    const splitter = new LineSplitter((line) => {
      this.line(line, name);
    });
    this.splitters.push(splitter);
    const stream = this.streams[name];
    this.read.push(once(stream, 'close').catch(() => undefined));
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      onChunk(chunk);
      splitter.push(chunk);
    });
  }

  /** Kills the command; `ended` will reject with this reason. */
  fail(reason: string): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    if (this.child.pid !== undefined) killGroup(this.child.pid);
  }

  /**
   * Waits for the command to end and all its output to arrive.
   * @param linger how long its pipes may stay open after that (a daemon may hold them), in ms
   * @returns an allowed exit code
   * @throws CommandError, or the reason of the signal
   */
  async ended(linger?: number): Promise<number> {
    const { child, options } = this;
    const { pid } = child;
    const undo: (() => void)[] = [];
    if (pid !== undefined) {
      undo.push(trackGroup(pid));
      const abort = () => undo.push(endGroup(pid, this.hangUp));
      options.signal?.addEventListener('abort', abort, { once: true });
      undo.push(() => options.signal?.removeEventListener('abort', abort));
      // The signal may have come since the constructor looked at it.
      if (options.signal?.aborted === true) abort();
    }
    if (linger !== undefined) {
      child.once('exit', () => {
        const timer = setTimeout(this.hangUp, linger);
        undo.push(() => {
          clearTimeout(timer);
        });
      });
    }
    const result = await child;
    await Promise.all(this.read);
    for (const step of undo.reverse()) step();
    // What is left of the group when its leader (nsenter, say) has obeyed SIGTERM and others have not.
    if (pid !== undefined && options.signal?.aborted === true) killGroup(pid);
    for (const splitter of this.splitters) splitter.end();
    options.signal?.throwIfAborted();
    const { exitCode, signal } = result;
    if (exitCode === undefined && signal === undefined) this.reason ??= startFailure(result.cause);
    const allowed = options.allowExitCodes ?? [0];
    if (this.reason === undefined && exitCode !== undefined && allowed.includes(exitCode)) {
      return exitCode;
    }
    throw this.failure(exitCode, signal);
  }

  /** Stops waiting for output. */
  private readonly hangUp = (): void => {
    this.streams.stdout.destroy();
    this.streams.stderr.destroy();
  };

  private line(raw: string, stream: OutputStream): void {
    const { log, onLine } = this.options;
    const line = log?.clean(raw) ?? raw;
    this.tail.push(line);
    log?.write(line);
    onLine?.(line, stream);
  }

  private failure(exitCode: number | undefined, signal: string | undefined): CommandError {
    const { log } = this.options;
    return new CommandError({
      command: log === undefined ? this.argv : this.argv.map((argument) => log.clean(argument)),
      exitCode,
      signal,
      lastLines: this.tail.lines(),
      logFile: log?.path,
      reason: this.reason,
    });
  }
}

/** Says why a command could not even be started. */
export function startFailure(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'not found (or its working directory is)';
  if (code === 'EACCES') return 'not executable';
  if (code === 'E2BIG') return 'its arguments and environment are too long';
  return `could not be started: ${message}`;
}
