import { closest } from '../config/did-you-mean.ts';
import type { Place, Value, Values } from './read-values.ts';
import type { ReferenceCollection, ReferenceOption } from './reference-option.ts';
import { referenceCollections } from './records/collections.ts';
import { referenceOptions } from './reference-options.ts';

/** What the reference would build: the values of a profile, over those of its collections, over the defaults. */
export class Reference {
  private readonly values = new Map<string, Value & { readonly shown: string }>();
  private readonly records = new Map(referenceOptions.map((record) => [record.name, record]));
  private readonly fromCollections = new Map<string, string>();
  /** Names of the collections that the profile lists. */
  readonly listed: readonly string[];
  /** Those that are known, and what they depend on, each once. */
  readonly collections: readonly ReferenceCollection[];

  constructor(values: ReadonlyMap<string, Value>) {
    const formerly = new Map(
      referenceOptions.map(({ name, formerly: old }) => [old, name] as const),
    );
    for (const [shown, value] of values) {
      const name = formerly.get(shown) ?? shown;
      if (name === shown || !values.has(name)) this.values.set(name, { ...value, shown });
    }
    this.listed = words(this.values.get('DBUILD_TARGET_COLLECTIONS')?.text ?? '');
    this.collections = closure(this.listed);
    for (const { sets } of this.collections)
      for (const [name, text] of Object.entries(sets ?? {})) this.fromCollections.set(name, text);
  }

  record(name: string): ReferenceOption | undefined {
    return this.records.get(name);
  }

  /** The names that the profile gives a value to. */
  names(): string[] {
    return [...this.values.keys()];
  }

  isGiven(name: string): boolean {
    return this.values.has(name);
  }

  /** The value that the profile gives it. */
  given(name: string): string {
    return this.values.get(name)?.text.trim() ?? '';
  }

  /** The value that holds in the end. */
  text(name: string): string {
    const record = this.records.get(name);
    if (record === undefined) throw new Error(`no record of ${name}`);
    return (
      this.values.get(name)?.text ??
      this.fromCollections.get(name) ??
      record.default ??
      ''
    ).trim();
  }

  /** As it is, with blanks and line breaks around it: for secrets. */
  exact(name: string): string {
    return this.values.get(name)?.text ?? this.text(name);
  }

  words(name: string): string[] {
    return words(this.text(name));
  }

  on(name: string): boolean {
    return this.text(name) === '1';
  }

  places(name: string): readonly Place[] {
    return this.values.get(name)?.at ?? [];
  }

  /** The name as the profile has it, which may be an old one. */
  shown(name: string): string {
    return this.values.get(name)?.shown ?? name;
  }

  has(collection: string): boolean {
    return this.collections.some(({ name }) => name === collection);
  }

  /** What to say about a name that has no record. */
  unknown(name: string): string {
    const match = closest(name, this.records.keys());
    return `is no option of the reference${match === undefined ? '' : `; was it to be ${match}?`}`;
  }
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** In the order in which the reference would take them: what a collection depends on comes first. */
function closure(names: readonly string[]): ReferenceCollection[] {
  const known = new Map(referenceCollections.map((record) => [record.name, record]));
  const found = new Set<ReferenceCollection>();
  const visit = (name: string): void => {
    const record = known.get(name);
    if (record === undefined || found.has(record)) return;
    for (const required of record.requires ?? []) visit(required);
    found.add(record);
  };
  names.forEach(visit);
  return [...found];
}

/** Whether it looks like an option of the reference at all; others are helpers within a file. */
export const isOptionName = (name: string): boolean => /^(OCONF|OFEAT|DBUILD)_/.test(name);

/** Helpers that no value is made of. */
export function unusedHelpers({ values, used }: Values): string[] {
  return [...values.keys()].filter((name) => !isOptionName(name) && !used.has(name));
}
