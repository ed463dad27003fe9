import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.ts';
import { shellQuote } from './shell-quote.ts';

/** What a secret becomes wherever it would have been printed. */
const REDACTED = '********';
/** Shorter strings would blank out innocent text, and are no secrets worth the name. */
const SHORTEST_SECRET = 4;

/** The full record of a build: every command with its output, and never a secret. */
export interface BuildLog {
  /** The file, as given to `openBuildLog`. */
  readonly path: string;
  /** Appends one line (without its newline). */
  write(line: string): void;
  /** Appends `+ argv`, shell-quoted, with the time since the log was opened. */
  command(argv: readonly string[]): void;
  /** From now on these strings (and each line of them) appear as `********`. */
  redact(values: readonly string[]): void;
  /** The text with every registered secret replaced. */
  clean(text: string): string;
  /** Calls back with every line written, already cleaned. @returns the undo. */
  onLine(listener: (line: string) => void): () => void;
  /** Closes the file; later writes only reach the listeners. */
  close(): void;
}

/**
 * Opens (creates, with its directories) a log to append to.
 *
 * Lines are written synchronously: they are small, nothing is buffered in this process, and the
 * log is complete up to the last line even when the process is killed.
 *
 * @throws UserError when the file cannot be opened
 */
export function openBuildLog(file: string): BuildLog {
  let fd: number | undefined = openForAppending(file);
  let secrets: readonly string[] = [];
  const listeners = new Set<(line: string) => void>();
  const opened = performance.now();

  const log: BuildLog = {
    path: file,
    write(line) {
      // Names that tools print end in NUL now and then; with one of those grep takes the log for a binary.
      const cleaned = log.clean(line).replaceAll('\0', ' ');
      if (fd !== undefined) {
        try {
          writeSync(fd, `${cleaned}\n`);
        } catch {
          // A full disk: the build itself is about to fail on it and says so better than we could.
        }
      }
      for (const listener of listeners) listener(cleaned);
    },
    command(argv) {
      const seconds = (performance.now() - opened) / 1000;
      // Cleaned before it is quoted: quotes inside a secret would change its looks.
      const text = shellQuote(argv.map((argument) => log.clean(argument)));
      log.write(`[${seconds.toFixed(3).padStart(8)}] + ${text}`);
    },
    redact(values) {
      const parts = values
        .flatMap((value) => [value, ...value.split('\n')])
        .filter((part) => part.trim().length >= SHORTEST_SECRET);
      // Longest first: a secret that contains another one must go as a whole.
      secrets = [...new Set([...secrets, ...parts])].sort((a, b) => b.length - a.length);
    },
    clean: (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text),
    onLine(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
  return log;
}

function openForAppending(file: string): number {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    return openSync(file, 'a', 0o644);
  } catch (error) {
    throw new UserError(`cannot write the build log ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
