import { likelyCause } from './likely-cause.ts';
import { shellQuote } from './shell-quote.ts';

/** The most output lines an error repeats; the rest is in the log. */
const SHOWN_LINES = 15;

/** The signals that end a build, and the exit code each one gets (128 + signal number). */
export const INTERRUPT_EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type InterruptSignal = keyof typeof INTERRUPT_EXIT_CODES;

/** The world is not as this program needs it: a missing tool, a full disk, no permission. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** Process exit code. */
  readonly exitCode = 1;
  /** What the reader can do about it: one or more lines. */
  readonly hint?: string;

  constructor(message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

export interface CommandFailure {
  /** The command as a person would type it, without the sandbox prefix. */
  readonly command: readonly string[];
  /** Unset when the command was killed or never started. */
  readonly exitCode?: number | undefined;
  /** The signal that killed it, e.g. `SIGKILL`. */
  readonly signal?: string | undefined;
  /** The end of what it printed (stdout and stderr in the order they arrived). */
  readonly lastLines: readonly string[];
  readonly logFile?: string | undefined;
  /** Replaces "exit code N": e.g. "not found", "printed more than 1 MiB". */
  readonly reason?: string | undefined;
  /** Overrides what `likelyCause` reads from the last lines. */
  readonly hint?: string | undefined;
}

/**
 * A tool failed. `message` is the whole story, ready to print: what failed and how, the command
 * to paste, the last lines of its output, where the log lies, and the likely cause if we know one.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** Process exit code of this program, not of the command. */
  readonly exitCode = 1;
  readonly command: readonly string[];
  /** Exit code of the command; unset when it was killed or never started. */
  readonly commandExitCode?: number;
  readonly signal?: string;
  readonly lastLines: readonly string[];
  readonly logFile?: string;
  readonly hint?: string;

  constructor(failure: CommandFailure) {
    const hint = failure.hint ?? likelyCause(failure.lastLines);
    super(describeFailure(failure, hint));
    this.command = failure.command;
    this.lastLines = failure.lastLines;
    if (failure.exitCode !== undefined) this.commandExitCode = failure.exitCode;
    if (failure.signal !== undefined) this.signal = failure.signal;
    if (failure.logFile !== undefined) this.logFile = failure.logFile;
    if (hint !== undefined) this.hint = hint;
  }
}

function describeFailure(failure: CommandFailure, hint: string | undefined): string {
  const how =
    failure.reason ??
    (failure.signal === undefined
      ? `exit code ${String(failure.exitCode ?? 'unknown')}`
      : `killed by ${failure.signal}`);
  const lines = [`${failure.command[0] ?? 'command'} failed: ${how}`];
  lines.push(`  command: ${shellQuote(failure.command)}`);
  const shown = failure.lastLines.slice(-SHOWN_LINES);
  if (shown.length > 0) lines.push('  last lines:', ...shown.map((line) => `    ${line}`));
  if (failure.logFile !== undefined) lines.push(`  full log: ${failure.logFile}`);
  if (hint !== undefined) lines.push(`  likely cause: ${hint}`);
  return lines.join('\n');
}

/** Ctrl-C, `kill` or a closed terminal. The message is short on purpose: the user knows. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly signal: InterruptSignal;
  /** 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP. */
  readonly exitCode: number;

  constructor(signal: InterruptSignal = 'SIGINT') {
    super(`interrupted (${signal}); everything was cleaned up`);
    this.signal = signal;
    this.exitCode = INTERRUPT_EXIT_CODES[signal];
  }
}

/** An error made for the user's eyes: it knows the exit code it wants. */
function isUserFacing(error: unknown): error is Error & { exitCode: number; hint?: unknown } {
  return error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number';
}

/** Errors of the operating system that tell about the machine, not about a bug of ours. */
const MACHINE_ERRORS: ReadonlySet<string> = new Set([
  ...['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'],
  ...['EACCES', 'EPERM'],
]);

function isMachineError(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    MACHINE_ERRORS.has(error.code)
  );
}

/**
 * The text to print for any thrown value, without a trailing newline. Errors made for the user
 * (those with a numeric `exitCode`) print their message and hint; anything else is a bug of this
 * program and prints its stack.
 */
export function formatError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map(formatError).join('\n\n');
  }
  if (isUserFacing(error)) {
    // CommandError's message already ends with its hint.
    if (error instanceof CommandError || typeof error.hint !== 'string') return error.message;
    return `${error.message}\n  hint: ${error.hint.replaceAll('\n', '\n        ')}`;
  }
  if (isMachineError(error)) {
    const { code, message, path: file = '' } = error;
    // Only some messages name it.
    const where = message.includes(file) ? '' : `: ${file}`;
    const isForOthers = code === 'EACCES' || code === 'EPERM';
    const hint = isForOthers ? '\n  hint: run it as the owner of the file, or as root' : '';
    return `the operating system reports ${message}${where}${hint}`;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `internal error: this is a bug in mkimage, please report it with these lines\n${stack}`;
}

/** The exit code for any thrown value; 70 (EX_SOFTWARE, sysexits.h) for bugs of this program. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return Math.max(...error.errors.map(exitCodeOf));
  }
  if (isUserFacing(error)) return error.exitCode;
  return isMachineError(error) ? 1 : 70;
}
