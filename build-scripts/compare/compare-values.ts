import { isDeepStrictEqual } from 'node:util';

export interface OptionValue {
  readonly value: unknown;
  /** Where the value comes from: file, line and layer. */
  readonly origin: string;
}

export type Change = 'added' | 'removed' | 'changed';

export interface OptionChange {
  readonly name: string;
  /** An option is added or removed together with the collection that declares it. */
  readonly change: Change;
  readonly a?: OptionValue | undefined;
  readonly b?: OptionValue | undefined;
  /** It came or went with its collection, and nobody gave it a value. */
  readonly isDefault: boolean;
}

export interface ValueChange {
  readonly name: string;
  /** Undefined when there is none. */
  readonly a?: unknown;
  readonly b?: unknown;
}

type Values<T> = Readonly<Record<string, T>>;

/** Names of both, sorted. */
export function namesOf(a: Values<unknown>, b: Values<unknown>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

export function compareSettings(a: Values<unknown>, b: Values<unknown>): ValueChange[] {
  return namesOf(a, b)
    .filter((name) => !isDeepStrictEqual(a[name], b[name]))
    .map((name) => ({ name, a: a[name], b: b[name] }));
}

/** An option whose value is the same is no change, even if it comes from somewhere else. */
export function compareOptions(a: Values<OptionValue>, b: Values<OptionValue>): OptionChange[] {
  return namesOf(a, b)
    .filter((name) => {
      const [left, right] = [a[name], b[name]];
      return !(left && right && isDeepStrictEqual(left.value, right.value));
    })
    .map((name) => {
      const [left, right] = [a[name], b[name]];
      const change = left === undefined ? 'added' : right === undefined ? 'removed' : 'changed';
      const only = left === undefined ? right : right === undefined ? left : undefined;
      return {
        name,
        change,
        a: left,
        b: right,
        isDefault: only?.origin.endsWith('(collection default)') === true,
      };
    });
}

export interface ListChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** The same names in another order: before and after; undefined when they are not. */
  readonly reordered?: { readonly a: readonly string[]; readonly b: readonly string[] } | undefined;
}

export function compareLists(a: readonly string[], b: readonly string[]): ListChange {
  const added = b.filter((name) => !a.includes(name));
  const removed = a.filter((name) => !b.includes(name));
  const hasSameNames = added.length + removed.length === 0;
  const reordered = hasSameNames && !isDeepStrictEqual(a, b) ? { a, b } : undefined;
  return { added, removed, reordered };
}
