import { FORMATS } from './formats.ts';
import { valueSchema, type OptionDeclaration } from './option-declaration.ts';
import { problemsOf, type Problem } from './validate.ts';

type Type = OptionDeclaration['type'];

/** Keywords that mean something for some types only. */
const KEYWORD_TYPES: Readonly<Partial<Record<keyof OptionDeclaration, readonly Type[]>>> = {
  pattern: ['string'],
  minimum: ['integer'],
  maximum: ['integer'],
  items: ['list'],
  keys: ['map'],
  values: ['map'],
  properties: ['object'],
  merge: ['list', 'map'],
  unique: ['list'],
};

/**
 * What is wrong with a declaration that is well formed: keywords that would be ignored and defaults
 * that the option itself would refuse.
 *
 * @param within the type of the declaration around this one; none at the top
 */
export function declarationProblems(declaration: OptionDeclaration, within?: Type): Problem[] {
  const { type, format } = declaration;
  const problems: Problem[] = [];
  const add = (key: keyof OptionDeclaration, message: string, hint?: string): void => {
    problems.push({ path: [key], part: 'key', message, hint });
  };
  for (const [key, types] of Object.entries(KEYWORD_TYPES) as [keyof OptionDeclaration, Type[]][]) {
    if (declaration[key] !== undefined && !types.includes(type))
      add(key, `"${key}" means nothing for type ${type}, only for ${types.join(' and ')}`);
  }
  if (format !== undefined && FORMATS[format].appliesTo !== type)
    add('format', `format ${format} is for type ${FORMATS[format].appliesTo}, not for ${type}`);
  if (declaration.required !== undefined && within !== 'object')
    add('required', '"required" is for the properties of an object');
  const { unique, items } = declaration;
  if (type === 'list' && unique !== undefined && items?.properties?.[unique]?.required !== true)
    add('unique', `"unique" has to name a required property of the entries, "${unique}" is none`);
  if (type === 'object' && declaration.properties === undefined)
    problems.push({
      path: ['type'],
      part: 'value',
      message: 'an object needs properties',
      hint: 'for names that are not known beforehand use type map',
    });
  if (
    declaration.minimum !== undefined &&
    declaration.maximum !== undefined &&
    declaration.minimum > declaration.maximum
  )
    add('minimum', '"minimum" is larger than "maximum"');
  const inner = innerDeclarations(declaration);
  const nested = inner.flatMap(([path, own]) =>
    declarationProblems(own, type).map((problem) => ({
      ...problem,
      path: [...path, ...problem.path],
    })),
  );
  if (declaration.default !== undefined && problems.length + nested.length === 0) {
    for (const { message, hint, path, part } of problemsOf(
      valueSchema(declaration),
      declaration.default,
    ))
      problems.push({
        path: ['default', ...path],
        part,
        message: `the default is not a valid value: ${message}`,
        hint,
      });
  }
  return [...problems, ...nested];
}

function innerDeclarations(declaration: OptionDeclaration): [string[], OptionDeclaration][] {
  const single = (['items', 'keys', 'values'] as const).flatMap(
    (key): [string[], OptionDeclaration][] => {
      const inner = declaration[key];
      return inner === undefined ? [] : [[[key], inner]];
    },
  );
  const properties = Object.entries(declaration.properties ?? {}).map(
    ([name, inner]): [string[], OptionDeclaration] => [['properties', name], inner],
  );
  return [...single, ...properties];
}
