import path from 'node:path';
import type { OptionDeclaration } from './option-declaration.ts';

/**
 * A copy of an option's value in which relative paths with `format: host-file` count from another
 * folder. What is absolute stays.
 *
 * @param from absolute: the folder they count from
 * @param to absolute: the folder they shall count from
 */
export function moveHostFiles(
  declaration: OptionDeclaration,
  value: unknown,
  from: string,
  to: string,
): unknown {
  const move = (inner: OptionDeclaration | undefined, own: unknown): unknown =>
    inner === undefined ? own : moveHostFiles(inner, own, from, to);
  if (typeof value === 'string') {
    if (declaration.format !== 'host-file' || path.isAbsolute(value)) return value;
    return path.relative(to, path.resolve(from, value));
  }
  if (Array.isArray(value)) return value.map((entry: unknown) => move(declaration.items, entry));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, own]) => [
      name,
      move(declaration.properties?.[name] ?? declaration.values, own),
    ]),
  );
}

/** The values with `format: host-file` in an option's value, in their order. */
export function hostFilesOf(declaration: OptionDeclaration, value: unknown): string[] {
  if (typeof value === 'string') return declaration.format === 'host-file' ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, own]) => {
    const inner = Array.isArray(value)
      ? declaration.items
      : (declaration.properties?.[name] ?? declaration.values);
    return inner === undefined ? [] : hostFilesOf(inner, own);
  });
}
