/**
 * Mistakes in configuration, collected and reported all at once.
 *
 * A {@link Diagnostic} points at a place in a YAML file (or at a command line argument) and says
 * what is wrong and what to do about it. Nothing is built as long as there is one.
 */

/** A place in a text file. Lines and columns count from 1; `length` is in UTF-16 code units. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** The whole source line, without its line break. */
  readonly text: string;
}

export interface Diagnostic {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly at?: Location | undefined;
  /** Where the mistake is, when it is not in a readable text file: a path or `command line`. */
  readonly where?: string | undefined;
}

/** Thrown once validation has seen everything. `exitCode` 2 by the project's convention. */
export class ConfigError extends Error {
  readonly exitCode = 2;
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(formatDiagnostics(diagnostics));
    this.name = 'ConfigError';
    this.diagnostics = diagnostics;
  }

  /** Sorted by place, each mistake once. */
  static of(diagnostics: readonly Diagnostic[]): ConfigError {
    return new ConfigError(sortAndDeduplicate(diagnostics));
  }
}

/** Collects mistakes; {@link throwIfAny} ends the validation. */
export class DiagnosticList {
  readonly items: Diagnostic[] = [];

  add(diagnostic: Diagnostic): void {
    this.items.push(diagnostic);
  }

  /** @throws {ConfigError} when at least one mistake was collected */
  throwIfAny(): void {
    if (this.items.length > 0) throw ConfigError.of(this.items);
  }
}

/** `file:line:column: error: message`, the source line with a caret line below, and the hint. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { at, message, hint } = diagnostic;
  const place = at
    ? `${at.file}:${at.line}:${at.column}: `
    : diagnostic.where
      ? `${diagnostic.where}: `
      : '';
  const lines = [`${place}error: ${message}`];
  if (at && at.text.trim() !== '') lines.push(...snippet(at));
  if (hint !== undefined)
    lines.push(
      ...hint.split('\n').map((line, i) => (i === 0 ? `  hint: ${line}` : `        ${line}`)),
    );
  return lines.join('\n');
}

export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const count = diagnostics.length;
  const closing =
    count === 1 ? '1 mistake; nothing was built.' : `${count} mistakes; nothing was built.`;
  return [...diagnostics.map(formatDiagnostic), closing].join('\n\n');
}

/** Longer lines (ssh keys, for one) are cut around the mistake. */
const SNIPPET_WIDTH = 96;

function snippet(at: Location): string[] {
  const gutter = String(at.line);
  const whole = maskPasswords(at.text);
  const fits = whole.length <= SNIPPET_WIDTH;
  const from = fits ? 0 : Math.max(0, at.column - 1 - Math.floor(SNIPPET_WIDTH / 3));
  const kept = whole.slice(from, from + SNIPPET_WIDTH);
  const left = from > 0 ? '…' : '';
  const cut = `${left}${kept}${from + kept.length < whole.length ? '…' : ''}`;
  const caretStart = at.column - 1 - from + left.length;
  const caretLength = Math.max(1, Math.min(at.length, left.length + kept.length - caretStart));
  // Tabs are kept in the caret line so that the caret stands below the right character.
  const indent = cut.slice(0, caretStart).replace(/[^\t]/g, ' ');
  return [
    `  ${gutter} | ${cut}`,
    `  ${' '.repeat(gutter.length)} | ${indent}${'^'.repeat(caretLength)}`,
  ];
}

/** Whatever is wrong with a line, a password on it is nobody's business. Keeps the length. */
function maskPasswords(line: string): string {
  return line.replace(
    /((?:password|passphrase|secret)["']?:\s+)("[^"]*"?|'[^']*'?|[^\s{["',}][^\s,}]*)/gi,
    (_, key: string, value: string) => key + '*'.repeat(value.length),
  );
}

function sortAndDeduplicate(items: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  const unique = items.filter((item) => {
    const key = formatDiagnostic(item);
    return seen.has(key) ? false : (seen.add(key), true);
  });
  return unique
    .map((item, index) => ({ item, index }))
    .sort((a, b) => {
      const fileA = a.item.at?.file ?? a.item.where ?? '';
      const fileB = b.item.at?.file ?? b.item.where ?? '';
      if (fileA !== fileB) return fileA < fileB ? -1 : 1;
      return (
        (a.item.at?.line ?? 0) - (b.item.at?.line ?? 0) ||
        (a.item.at?.column ?? 0) - (b.item.at?.column ?? 0) ||
        a.index - b.index
      );
    })
    .map(({ item }) => item);
}
