import type * as z from 'zod';
import { closest, suggestion } from './did-you-mean.ts';
import type { YamlPath } from './yaml-positions.ts';

/** One thing that is wrong with a value, in the words of the program. */
export interface Problem {
  readonly path: YamlPath;
  readonly part: 'key' | 'value';
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What the schema knows and the finished issue of zod does not. */
interface Context {
  readonly keys: readonly string[];
  readonly description: string | undefined;
}

// Messages that schemas bring along never start like this.
const MARK = '\u0000';

/**
 * The error map for `safeParse`: carries what {@link describeIssues} needs in the message. A schema
 * with a message of its own keeps it; that message may hold a hint after a line break.
 */
export function rememberContext(issue: z.core.$ZodRawIssue): string {
  const inst = issue.inst as
    { description?: string; _zod?: { def?: { shape?: Record<string, unknown> } } } | undefined;
  const context: Context = {
    keys: Object.keys(inst?._zod?.def?.shape ?? {}),
    description: inst?.description,
  };
  return MARK + JSON.stringify(context);
}

/** All problems that the issues of one `safeParse` of `input` stand for. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], input: unknown): Problem[] {
  const problems = flatten(issues).flatMap((issue) => describe(issue, input));
  // A misspelled key that must be there is one mistake, not an unknown and a missing one.
  const misspelled = new Set(
    problems.flatMap(({ meant }) => (meant === undefined ? [] : [JSON.stringify(meant)])),
  );
  return problems
    .filter(({ missing }) => missing === undefined || !misspelled.has(JSON.stringify(missing)))
    .map(({ path, part, message, hint }) => ({ path, part, message, hint }));
}

interface RawProblem extends Problem {
  /** The path that a misspelled key most likely stands for. */
  readonly meant?: YamlPath | undefined;
  /** The path of a key that is not there. */
  readonly missing?: YamlPath | undefined;
}

/** A union reports one issue with the issues of each branch: keep the branch that fits best. */
function flatten(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue];
    const best = issue.errors
      .filter((branch) => branch.length > 0)
      .sort((a, b) => fit(b) - fit(a))[0];
    if (best === undefined || fit(best) <= 1) return [issue];
    return flatten(best).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  });
}

/** How far a branch of a union got before it failed; 0: another type altogether, 1: another value. */
function fit(branch: readonly z.core.$ZodIssue[]): number {
  const rank = (issue: z.core.$ZodIssue): number =>
    issue.code === 'invalid_type' ? 0 : issue.code === 'invalid_value' ? 1 : 2;
  return Math.max(...branch.map((issue) => issue.path.length * 3 + rank(issue)));
}

function describe(issue: z.core.$ZodIssue, input: unknown): RawProblem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const value = valueAt(input, path);
  const context = issue.message.startsWith(MARK)
    ? (JSON.parse(issue.message.slice(MARK.length)) as Context)
    : undefined;
  const key = path.at(-1);
  if (value === undefined && typeof key === 'string' && issue.code !== 'unrecognized_keys') {
    const options = discriminators(issue);
    return [
      {
        path: path.slice(0, -1),
        part: 'key',
        message: `missing key "${key}"`,
        hint: options
          ? `${key}: one of ${options.join(', ')}`
          : context?.description && `${key}: ${context.description}`,
        missing: path,
      },
    ];
  }
  if (issue.code === 'unrecognized_keys') {
    const known = context?.keys ?? [];
    return issue.keys.map((unknown) => {
      const match = closest(unknown, known);
      return {
        path: [...path, unknown],
        part: 'key',
        message: `unknown key "${unknown}"`,
        hint:
          known.includes('options') && unknown.includes('.')
            ? 'options of the image stand below "options:"'
            : suggestion(unknown, known, 'known keys'),
        meant: match === undefined ? undefined : [...path, match],
      };
    });
  }
  if (issue.code === 'invalid_key') {
    const inner = issue.issues[0]?.message ?? issue.message;
    return [{ path, part: 'key', ...ownWords(inner, key) }];
  }
  if (context === undefined) return [{ path, part: 'value', ...ownWords(issue.message, value) }];
  return [{ path, part: 'value', ...inWords(issue, value) }];
}

interface Words {
  readonly message: string;
  readonly hint?: string | undefined;
}

function inWords(issue: z.core.$ZodIssue, value: unknown): Words {
  const oneOf = (allowed: readonly string[]): Words => ({
    message: `${describeValue(value)} is not one of: ${allowed.join(', ')}`,
    hint: typeof value === 'string' ? didYouMean(value, allowed) : undefined,
  });
  switch (issue.code) {
    case 'invalid_type':
      return wrongType([issue.expected], value);
    case 'invalid_value':
      return oneOf(issue.values.map(String));
    case 'invalid_union': {
      const options = discriminators(issue);
      if (options !== undefined) return oneOf(options);
      const inner = issue.errors.flat();
      const values = inner.flatMap((own) => (own.code === 'invalid_value' ? own.values : []));
      if (inner.every((own) => own.code === 'invalid_value')) return oneOf(values.map(String));
      return wrongType(
        inner.flatMap((own) => (own.code === 'invalid_type' ? [own.expected] : [])),
        value,
      );
    }
    case 'too_small':
      return { message: tooSmall(issue, value) };
    case 'too_big':
      return {
        message: `${describeValue(value)} is too large, at most ${String(issue.maximum)} is allowed`,
      };
    default:
      return { message: `${describeValue(value)} does not fit here` };
  }
}

/** The values that the deciding key of a union of mappings may have. */
function discriminators(issue: z.core.$ZodIssue): string[] | undefined {
  return issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)
    ? issue.options.map(String)
    : undefined;
}

function didYouMean(value: string, allowed: readonly string[]): string | undefined {
  const match = closest(value, allowed);
  return match === undefined ? undefined : `did you mean "${match}"?`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function wrongType(expected: readonly string[], value: unknown): Words {
  const names = [...new Set(expected.map((type) => TYPE_NAMES[type] ?? type))];
  return {
    message:
      names.length === 0
        ? `${describeValue(value)} does not fit here`
        : `expected ${names.join(' or ')}, got ${describeValue(value)}`,
    hint: typeHint(expected, value),
  };
}

/** What people mix up, and how to write what they mean. */
function typeHint(expected: readonly string[], value: unknown): string | undefined {
  const wants = (...types: string[]): boolean => types.some((type) => expected.includes(type));
  if (value === null) return 'write a value behind the colon, or remove the key';
  if (typeof value === 'string') {
    if (wants('boolean') && /^(yes|on|no|off|true|false)$/i.test(value))
      return `write ${/^(yes|on|true)$/i.test(value) ? 'true' : 'false'}${/^(true|false)$/i.test(value) ? ', without quotes' : ''}`;
    if (wants('number', 'int') && /^\d+$/.test(value)) return `write ${value}, without quotes`;
    if (wants('object', 'record') && /^[\w.-]+:\S/.test(value))
      return 'put a space behind the colon';
  }
  if (wants('string') && (typeof value === 'number' || typeof value === 'boolean'))
    return 'put it in quotes';
  if (wants('object', 'record') && Array.isArray(value))
    return 'write lines like "key: value" instead of "- entry"';
  if (wants('array') && typeof value === 'string' && /^-\S/.test(value))
    return 'put a space behind the "-"';
  if (wants('array') && (typeof value !== 'object' || Array.isArray(value)))
    return `write it as a list: [${typeof value === 'string' ? value : JSON.stringify(value)}]`;
  if (wants('array')) return 'begin each entry with "- "';
  return undefined;
}

function tooSmall(issue: z.core.$ZodIssueTooSmall, value: unknown): string {
  const minimum = String(issue.minimum);
  if (issue.origin === 'string') return 'the text must not be empty';
  if (issue.origin === 'array')
    return `the list needs at least ${minimum} ${minimum === '1' ? 'entry' : 'entries'}`;
  return `${describeValue(value)} is too small, at least ${minimum} is needed`;
}

/**
 * A message that a schema brings along: the hint stands behind a line break, and "not a size" is
 * said about the value.
 */
function ownWords(text: string, value: unknown): Words {
  const [first = text, ...rest] = text.split('\n');
  return {
    message: first.startsWith('not ') ? `${describeValue(value)} is ${first}` : first,
    hint: rest.length > 0 ? rest.join('\n') : undefined,
  };
}

/** A value as it reads in a message: `the number 3`, `"text"`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'string')
    return value.length > 60 ? `"${value.slice(0, 57)}…"` : `"${value}"`;
  return JSON.stringify(value);
}

export function valueAt(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step)
        ? (inner as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );
}
