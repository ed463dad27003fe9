import * as z from 'zod';

/**
 * A condition on option values. `ssh.strict`: the option is set; `!ssh.strict`: it is not;
 * `{suite: [bookworm, trixie]}`: it has one of the values (a list: it holds one of them). All
 * entries must hold.
 */
export type When = string | Readonly<Record<string, Scalar | readonly Scalar[]>> | readonly When[];
type Scalar = string | number | boolean;

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const single = z.union([
  z
    .string()
    .regex(
      /^!?[a-z][a-z0-9.-]*$/,
      'this is not a condition\nwrite an option name, "!" and an option name, or {option: value}',
    ),
  z.record(z.string(), z.union([scalar, z.array(scalar)])),
]);
export const whenSchema: z.ZodType<When> = z
  .union([single, z.array(single)])
  .describe(
    'condition: an option that must be set, "!option", {option: value or values}, or a list of these',
  );

/** The names a condition mentions and the values it compares them with, for checking both. */
export function whenParts(when: When): { name: string; values: readonly Scalar[] }[] {
  if (typeof when === 'string') return [{ name: when.replace(/^!/, ''), values: [] }];
  if (Array.isArray(when)) return (when as readonly When[]).flatMap(whenParts);
  return Object.entries(when as Record<string, Scalar | readonly Scalar[]>).map(
    ([name, wanted]) => ({ name, values: toList(wanted) }),
  );
}

const toList = (wanted: Scalar | readonly Scalar[]): readonly Scalar[] =>
  typeof wanted === 'object' ? wanted : [wanted];

/** @param lookup gives the value of an option, `suite` or `arch` */
export function holds(when: When | undefined, lookup: (name: string) => unknown): boolean {
  if (when === undefined) return true;
  if (typeof when === 'string')
    return when.startsWith('!') ? !isSet(lookup(when.slice(1))) : isSet(lookup(when));
  if (Array.isArray(when)) return (when as readonly When[]).every((part) => holds(part, lookup));
  return Object.entries(when as Record<string, Scalar | readonly Scalar[]>).every(
    ([name, wanted]) => {
      const value = lookup(name);
      return toList(wanted).some((candidate) =>
        Array.isArray(value) ? value.includes(candidate) : candidate === value,
      );
    },
  );
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
