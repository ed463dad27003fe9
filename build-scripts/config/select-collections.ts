import type { Collection } from './collection.ts';
import type { CollectionIndex } from './collection-index.ts';
import type { DiagnosticList, Location } from './diagnostics.ts';

/** A collection a profile asks for, with the place where it says so. */
export interface WantedCollection {
  readonly name: string;
  readonly at?: Location | undefined;
}

export interface SelectedCollection {
  readonly collection: Collection;
  /** Who pulled it in: a collection, or undefined for the profile itself. */
  readonly pulledInBy: string | undefined;
}

export interface Selection {
  readonly selected: readonly SelectedCollection[];
  /** False when a collection is missing or not usable, which was reported. */
  readonly complete: boolean;
}

interface OpenName {
  readonly name: string;
  readonly by: string | undefined;
  readonly at: Location | undefined;
}

/**
 * The collections a profile asks for and everything they require or want, in the order of
 * discovery (what is required stands before what requires it).
 *
 * @param choice `open`: there is no profile yet that chooses among several providers of a name
 */
export function selectCollections(
  wanted: readonly WantedCollection[],
  index: CollectionIndex,
  diagnostics: DiagnosticList,
  choice: 'made' | 'open' = 'made',
): Selection {
  const selected = new Map<string, SelectedCollection>();
  const visiting = new Set<string>();
  const providers = providersOf(index);
  const open: OpenName[] = [];
  let complete = true;

  const pull = (name: string, by: string | undefined, at: Location | undefined): void => {
    if (!index.has(name)) {
      // A provided name: settled at the end, when it is known who else was selected.
      if (providers.has(name)) {
        open.push({ name, by, at });
      } else {
        index.reportMissing(name, at, diagnostics);
        complete = false;
      }
      return;
    }
    if (selected.has(name) || visiting.has(name)) return;
    visiting.add(name);
    const collection = index.load(name, diagnostics);
    if (collection === undefined || collection.broken.has('requires')) complete = false;
    if (collection === undefined) return;
    if (collection.broken.has('wants') || collection.broken.has('provides')) complete = false;
    collection.file.requires?.forEach((required, i) => {
      pull(required, name, collection.document.locate(['requires', i]));
    });
    selected.set(name, { collection, pulledInBy: by });
    collection.file.wants?.forEach((other, i) => {
      pull(other, name, collection.document.locate(['wants', i]));
    });
  };

  const candidatesOf = ({ name }: OpenName): readonly string[] => providers.get(name) ?? [];
  const isSettled = (name: OpenName): boolean =>
    candidatesOf(name).some((candidate) => selected.has(candidate) || visiting.has(candidate));

  for (const { name, at } of wanted) pull(name, undefined, at);
  // The only provider of one name may be one of several for another.
  for (;;) {
    const next = open.find((name) => !isSettled(name) && candidatesOf(name).length === 1);
    const [candidate] = next === undefined ? [] : candidatesOf(next);
    if (next === undefined || candidate === undefined) break;
    pull(candidate, next.by, next.at);
  }
  const unsettled = choice === 'made' ? open.filter((name) => !isSettled(name)) : [];
  for (const name of unsettled) {
    complete = false;
    diagnostics.add({
      message: `"${name.name}" is provided by several collections and none of them is used`,
      hint: `add one of them to the profile: ${candidatesOf(name).join(', ')}`,
      at: name.at,
    });
  }
  return { selected: [...selected.values()], complete };
}

/** Provided name → collections. Mistakes in collections that are not used are not reported. */
function providersOf(index: CollectionIndex): Map<string, string[]> {
  const providers = new Map<string, string[]>();
  for (const name of index.names()) {
    for (const provided of index.providedBy(name))
      providers.set(provided, [...(providers.get(provided) ?? []), name]);
  }
  return providers;
}

/** Reports every pair of selected collections that excludes one another, once. */
export function checkConflicts(selected: readonly Collection[], diagnostics: DiagnosticList): void {
  const reported = new Set<string>();
  for (const collection of selected) {
    collection.file.conflicts?.forEach((name, i) => {
      for (const other of selected) {
        if (other === collection) continue;
        const provides = other.file.provides?.includes(name) === true;
        if (other.name !== name && !provides) continue;
        const pair = [collection.name, other.name].sort().join(' ');
        if (reported.has(pair)) continue;
        reported.add(pair);
        diagnostics.add({
          message: `collections "${collection.name}" and "${other.name}" can not be used together`,
          hint:
            provides && other.name !== name
              ? `"${other.name}" provides "${name}"; remove one of the two`
              : 'remove one of the two',
          at: collection.document.locate(['conflicts', i]),
        });
      }
    });
  }
}
