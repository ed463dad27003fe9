import { isDeepStrictEqual } from 'node:util';
import type { NotCarried } from './read-values.ts';
import type { Reference } from './reference.ts';

/** What this mkimage understands. */
export interface Catalog {
  /** Whether there is such a collection. */
  hasCollection(name: string): boolean;
  /** The collection that declares an option. */
  owner(option: string): string | undefined;
  /** What comes with these collections, themselves included; `wants` counts those, too. */
  closure(collections: readonly string[], wants: boolean): ReadonlySet<string>;
  /** The value of an option when a profile with these collections does not say. */
  valueWithout(option: string, collections: ReadonlySet<string>): unknown;
  /** What is wrong with the value of an option or a setting. */
  problem(name: string, value: unknown): string | undefined;
}

/** A value of the profile that is written. */
export interface Entry {
  readonly name: string;
  readonly value: unknown;
  /** Options of the reference that it comes from. */
  readonly from: readonly string[];
  /** For the reader, besides where it comes from. */
  readonly remark?: string | undefined;
}

/** A secret, to be written to a file of its own beside the profile. */
export interface SecretFile {
  readonly name: string;
  readonly text: string;
  /** The option of the reference. */
  readonly from: string;
}

/** The profile while it is put together by rules. */
export class Draft {
  readonly reference: Reference;
  readonly settings: Entry[] = [];
  readonly collections: Entry[] = [];
  readonly packages: Entry[] = [];
  readonly secrets: SecretFile[] = [];
  readonly notCarried: NotCarried[] = [];
  outputs: readonly string[] = [];
  private readonly options = new Map<string, Entry>();
  private readonly catalog: Catalog;
  private readonly stem: string;
  private readonly done = new Set<string>();

  /** @param stem first part of the names of secret files */
  constructor(reference: Reference, catalog: Catalog, stem: string) {
    this.reference = reference;
    this.catalog = catalog;
    this.stem = stem;
  }

  setting(name: string, value: unknown, from: readonly string[]): void {
    const problem = this.catalog.problem(name, value);
    if (problem !== undefined) this.drop(from, problem);
    else this.settings.push({ name, value, from });
    this.finish(...from);
  }

  option(name: string, value: unknown, from: readonly string[], remark?: string): void {
    this.finish(...from);
    if (this.catalog.owner(name) === undefined) {
      this.drop(from, `would be the option ${name}, which this mkimage does not have`);
      return;
    }
    const good = this.withoutBadItems(name, value, from);
    const problem = this.catalog.problem(name, good);
    if (problem !== undefined) {
      this.refuse(from, problem);
      return;
    }
    if (Array.isArray(good) && good.length === 0) return;
    const before = this.options.get(name);
    const isAdded = Array.isArray(before?.value) && Array.isArray(good);
    this.options.set(name, {
      name,
      value: isAdded ? [...(before.value as unknown[]), ...(good as unknown[])] : good,
      from: [...(before?.from ?? []), ...from],
      remark: remark ?? before?.remark,
    });
  }

  /** The first spelling of a value that an option takes; when it takes none, the first one. */
  accepted(name: string, spellings: readonly string[]): string {
    const good = spellings.find((value) => this.catalog.problem(name, value) === undefined);
    return good ?? spellings[0] ?? '';
  }

  /** A list of words without those that can not be in it: one bad word is no reason to lose the others. */
  private withoutBadItems(name: string, value: unknown, from: readonly string[]): unknown {
    if (!Array.isArray(value) || value.some((item) => typeof item === 'object')) return value;
    return (value as unknown[]).filter((item) => {
      const problem = this.catalog.problem(name, [item]);
      if (problem !== undefined) this.refuse(from, problem);
      return problem === undefined;
    });
  }

  /** Drops what a value is made of: the reason is told for those whose text is in it. */
  private refuse(from: readonly string[], problem: string): void {
    const given = from.filter((name) => this.reference.isGiven(name));
    const isCulprit = (name: string): boolean =>
      problem.includes(`"${this.reference.given(name)}"`);
    const culprits = given.some(isCulprit) ? given.filter(isCulprit) : given;
    this.drop(culprits, problem);
    const others = given.filter((name) => !culprits.includes(name));
    const shown = culprits.map((name) => this.reference.shown(name)).join(', ');
    this.drop(others, `is not written without ${shown}`);
  }

  collection(name: string, from: readonly string[]): void {
    this.finish(...from);
    if (this.collections.some((entry) => entry.name === name)) return;
    if (this.catalog.hasCollection(name)) this.collections.push({ name, value: name, from });
    else this.drop(from, `would be the collection ${name}, which this mkimage does not have`);
  }

  addPackages(names: readonly string[], from: readonly string[]): void {
    this.finish(...from);
    const good = names.filter((name) => /^-?[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/.test(name));
    for (const name of names)
      if (!good.includes(name)) this.drop(from, `"${name}" is not a package name`);
    for (const name of good)
      if (!this.packages.some((entry) => entry.name === name))
        this.packages.push({ name, value: name, from });
  }

  /** A reference to a secret: the text itself is in no profile. */
  secret(from: string, kind: string): { file: string } {
    const name = `${this.stem}.${kind}`;
    this.secrets.push({ name, text: this.reference.exact(from), from });
    return { file: name };
  }

  /** Says why these are not carried over, at every line that gives them a value. */
  drop(names: readonly string[], why: string): void {
    this.finish(...names);
    for (const name of names)
      for (const at of this.reference.places(name).slice(-1))
        this.notCarried.push({ at, name: this.reference.shown(name), why });
  }

  /** Nothing has to be written for these any more. */
  finish(...names: readonly string[]): void {
    for (const name of names) this.done.add(name);
  }

  isFinished(name: string): boolean {
    return this.done.has(name);
  }

  /** The collections without those that come with others anyway. */
  neededCollections(): Entry[] {
    return this.collections.filter(({ name }) =>
      this.collections.every(
        (other) => other.name === name || !this.catalog.closure([other.name], false).has(name),
      ),
    );
  }

  /**
   * Options in the order of their names. Those of collections that are not used are dropped; so are
   * defaults of the reference that are ours as well.
   */
  usableOptions(): Entry[] {
    const present = this.catalog.closure(
      this.collections.map(({ name }) => name),
      true,
    );
    return [...this.options.values()]
      .filter(({ name, value, from }) => {
        const owner = this.catalog.owner(name) ?? '';
        if (!present.has(owner)) {
          this.drop(from, `is for images with the collection ${owner}, and this one is without`);
          return false;
        }
        return (
          from.some((given) => this.reference.isGiven(given)) ||
          !isDeepStrictEqual(value, this.catalog.valueWithout(name, present))
        );
      })
      .sort((a, b) => order(a.name, b.name));
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
