import type { OptionDeclaration } from './option-declaration.ts';

/** A copy of a valid value in which properties of objects that are not given have their defaults. */
export function fillDefaults(declaration: OptionDeclaration, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { type, items, values, properties } = declaration;
  if (Array.isArray(value))
    return items === undefined ? value : value.map((entry: unknown) => fillDefaults(items, entry));
  if (type === 'map' && values !== undefined)
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, fillDefaults(values, entry)]),
    );
  if (type !== 'object' || properties === undefined) return value;
  const given = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(properties)
      .map(([name, own]): [string, unknown] => [
        name,
        Object.hasOwn(given, name) ? fillDefaults(own, given[name]) : own.default,
      ])
      .filter(([, entry]) => entry !== undefined),
  );
}
