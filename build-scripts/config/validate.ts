import type * as z from 'zod';
import { describeIssues, rememberContext, type Problem } from './describe-issue.ts';
import type { DiagnosticList } from './diagnostics.ts';
import type { YamlDocument } from './yaml-source.ts';

export type { Problem } from './describe-issue.ts';

/** What is wrong with a value; nothing when it fits the schema. */
export function problemsOf(schema: z.ZodType, input: unknown): Problem[] {
  const result = schema.safeParse(input, { error: rememberContext });
  return result.success ? [] : describeIssues(result.error.issues, input);
}

/**
 * Checks a YAML document against a schema and reports every mistake at its place.
 *
 * @returns the parsed value, or undefined when anything was reported
 */
export function validate<T extends z.ZodType>(
  schema: T,
  document: YamlDocument,
  diagnostics: DiagnosticList,
): z.output<T> | undefined {
  if (reportEmpty(document, diagnostics)) return undefined;
  const result = schema.safeParse(document.value, { error: rememberContext });
  if (result.success) return result.data;
  report(describeIssues(result.error.issues, document.value), document, diagnostics);
  return undefined;
}

/** A mapping of which the parts with mistakes were left out. */
export interface ValidParts<T> {
  readonly value: Partial<T>;
  /** Keys left out; entries of mappings one level down as `key.entry`. */
  readonly broken: ReadonlySet<string>;
}

/**
 * Like {@link validate}, but one mistake does not hide the next: what is right can still be checked
 * further.
 *
 * @returns undefined when the document is no mapping at all
 */
export function validateParts<T extends z.ZodObject>(
  schema: T,
  document: YamlDocument,
  diagnostics: DiagnosticList,
): ValidParts<z.output<T>> | undefined {
  const { value } = document;
  if (reportEmpty(document, diagnostics)) return undefined;
  const result = schema.safeParse(value, { error: rememberContext });
  if (result.success) return { value: result.data, broken: new Set() };
  const problems = describeIssues(result.error.issues, value);
  report(problems, document, diagnostics);
  if (!isMapping(value)) return undefined;

  const broken = new Set<string>();
  const kept = structuredClone(value);
  for (const key of Object.keys(kept)) {
    if (!Object.hasOwn(schema.shape, key)) Reflect.deleteProperty(kept, key);
  }
  // First the entries with mistakes, then whole keys that are not valid without them.
  for (const issue of result.error.issues) dropEntry(kept, issue, broken);
  const partial = schema.partial();
  for (const { path } of partial.safeParse(kept).error?.issues ?? []) {
    const key = String(path[0]);
    broken.add(key);
    Reflect.deleteProperty(kept, key);
  }
  return { value: partial.parse(kept) as Partial<z.output<T>>, broken };
}

function dropEntry(
  kept: Record<string, unknown>,
  issue: z.core.$ZodIssue,
  broken: Set<string>,
): void {
  const [key, entry] = issue.path.map(String);
  if (key === undefined) return;
  const inner = kept[key];
  if (!isMapping(inner)) {
    broken.add(key);
    Reflect.deleteProperty(kept, key);
  } else if (entry !== undefined) {
    broken.add(`${key}.${entry}`);
    Reflect.deleteProperty(inner, entry);
  } else if (issue.code === 'unrecognized_keys') {
    for (const unknown of issue.keys) Reflect.deleteProperty(inner, unknown);
  }
}

function reportEmpty({ value, file }: YamlDocument, diagnostics: DiagnosticList): boolean {
  if (value !== null) return false;
  diagnostics.add({ message: 'the file is empty', where: file });
  return true;
}

function report(
  problems: readonly Problem[],
  document: YamlDocument,
  diagnostics: DiagnosticList,
): void {
  for (const { message, hint, path, part } of problems)
    diagnostics.add({ message, hint, at: document.locate(path, part) });
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
