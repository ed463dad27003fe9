import { z } from 'zod';
import type { DiagnosticList } from './diagnostics.ts';
import { suggestion } from './did-you-mean.ts';
import type { YamlDocument, YamlPath } from './yaml-source.ts';

/**
 * Checks a part of a YAML document against a schema and reports every mistake at its place.
 *
 * Messages of custom checks may carry a hint after a line break.
 *
 * @param base path of the checked part within the document
 * @returns the parsed value, or undefined when anything was reported
 */
export function validate<T extends z.ZodType>(
  schema: T,
  document: YamlDocument,
  diagnostics: DiagnosticList,
  base: YamlPath = [],
): z.output<T> | undefined {
  const input = valueAt(document.value, base);
  const result = schema.safeParse(input, { error: rememberKnownKeys });
  if (result.success) return result.data;
  for (const issue of flatten(result.error.issues))
    report(issue, input, document, diagnostics, base);
  return undefined;
}

export interface Problem {
  readonly path: YamlPath;
  readonly part: 'key' | 'value';
  readonly message: string;
  readonly hint?: string | undefined;
}

/** The same checks for a value that does not come from a file (`--set`). */
export function problemsOf(schema: z.ZodType, input: unknown): Problem[] {
  const result = schema.safeParse(input, { error: rememberKnownKeys });
  if (result.success) return [];
  return flatten(result.error.issues).flatMap((issue) => describe(issue, input));
}

function report(
  issue: z.core.$ZodIssue,
  input: unknown,
  document: YamlDocument,
  diagnostics: DiagnosticList,
  base: YamlPath,
): void {
  for (const problem of describe(issue, input)) {
    diagnostics.add({
      message: problem.message,
      hint: problem.hint,
      at: document.locate([...base, ...problem.path], problem.part),
    });
  }
}

/** The error map of zod sees the schema, the finished issue does not: known keys travel as text. */
function rememberKnownKeys(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  const def: unknown = (issue.inst as { _zod?: { def?: unknown } } | undefined)?._zod?.def;
  const shape = (def as { shape?: Record<string, unknown> } | undefined)?.shape ?? {};
  return JSON.stringify(Object.keys(shape));
}

/** A union reports one issue with the issues of each branch: keep the branch that fits best. */
function flatten(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue];
    const branches = issue.errors.filter((branch) => branch.length > 0);
    const depth = (branch: readonly z.core.$ZodIssue[]): number =>
      Math.max(
        ...branch.map((inner) => inner.path.length * 2 + (inner.code === 'invalid_type' ? 0 : 1)),
      );
    const best = branches.sort((a, b) => depth(b) - depth(a))[0];
    if (best === undefined || depth(best) === 0) return [issue];
    return flatten(best).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  });
}

function describe(issue: z.core.$ZodIssue, input: unknown): Problem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const value = valueAt(input, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = JSON.parse(issue.message) as string[];
      return issue.keys.map((key) => ({
        path: [...path, key],
        part: 'key',
        message: `unknown key "${key}"`,
        hint: suggestion(key, known, 'known keys'),
      }));
    }
    case 'invalid_type': {
      if (value === undefined) {
        const key = path.at(-1);
        return [
          { path: path.slice(0, -1), part: 'value', message: `missing key "${String(key)}"` },
        ];
      }
      return [
        {
          path,
          part: 'value',
          message: `expected ${typeName(issue.expected)}, got ${describeValue(value)}`,
        },
      ];
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      return [
        {
          path,
          part: 'value',
          message: `${describeValue(value)} is not one of: ${allowed.join(', ')}`,
          hint: typeof value === 'string' ? suggestion(value, allowed, 'known values') : undefined,
        },
      ];
    }
    case 'too_small':
      return [{ path, part: 'value', message: tooSmall(issue, value) }];
    case 'too_big':
      return [
        {
          path,
          part: 'value',
          message: `${describeValue(value)} is too large, at most ${String(issue.maximum)} is allowed`,
        },
      ];
    case 'invalid_format':
      return [{ path, part: 'value', ...splitHint(issue.message, value) }];
    case 'invalid_key':
      return [
        { path, part: 'key', ...splitHint(issue.issues[0]?.message ?? issue.message, path.at(-1)) },
      ];
    case 'invalid_union':
      return [{ path, part: 'value', ...splitHint(issue.message, value) }];
    default:
      return [{ path, part: 'value', ...splitHint(issue.message, value) }];
  }
}

function tooSmall(issue: z.core.$ZodIssueTooSmall, value: unknown): string {
  const minimum = String(issue.minimum);
  if (issue.origin === 'string') return 'the text must not be empty';
  if (issue.origin === 'array')
    return `the list needs at least ${minimum} ${minimum === '1' ? 'entry' : 'entries'}`;
  return `${describeValue(value)} is too small, at least ${minimum} is needed`;
}

function splitHint(
  message: string,
  value: unknown,
): { message: string; hint?: string | undefined } {
  if (message === 'Invalid input') return { message: `${describeValue(value)} does not fit here` };
  const [first = message, ...rest] = message.split('\n');
  return { message: first, hint: rest.length > 0 ? rest.join('\n') : undefined };
}

const TYPE_NAMES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

const typeName = (expected: string): string => TYPE_NAMES[expected] ?? expected;

/** A value as it reads in a message: `the number 3`, `"text"`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string')
    return value.length > 60 ? `"${value.slice(0, 57)}…"` : `"${value}"`;
  if (typeof value === 'number') return `the number ${value}`;
  return String(value as boolean);
}

export function valueAt(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );
}
