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

/**
 * The collections a profile asks for and everything they require or want, in the order of
 * discovery (what is required stands before what requires it).
 */
export function selectCollections(
  wanted: readonly WantedCollection[],
  index: CollectionIndex,
  diagnostics: DiagnosticList,
): SelectedCollection[] {
  const selected = new Map<string, SelectedCollection>();
  const visiting = new Set<string>();
  const providers = new Map<string, string[]>();
  for (const name of index.names()) {
    for (const provided of providedNames(name, index)) {
      providers.set(provided, [...(providers.get(provided) ?? []), name]);
    }
  }
  const open: { name: string; by: string | undefined; at: Location | undefined }[] = [];

  const pull = (name: string, by: string | undefined, at: Location | undefined): void => {
    if (!index.has(name)) {
      // A provided name: settled at the end, when it is known who else was selected.
      if (providers.has(name)) open.push({ name, by, at });
      else index.reportMissing(name, at, diagnostics);
      return;
    }
    if (selected.has(name) || visiting.has(name)) return;
    visiting.add(name);
    const collection = index.load(name, diagnostics);
    if (collection === undefined) return;
    collection.file.requires?.forEach((required, i) => {
      pull(required, name, collection.document.locate(['requires', i]));
    });
    selected.set(name, { collection, pulledInBy: by });
    collection.file.wants?.forEach((other, i) => {
      pull(other, name, collection.document.locate(['wants', i]));
    });
  };

  for (const { name, at } of wanted) pull(name, undefined, at);
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const { name, by, at } = next;
    const candidates = providers.get(name) ?? [];
    if (candidates.some((candidate) => selected.has(candidate))) continue;
    if (candidates.length === 1) {
      pull(candidates[0]!, by, at);
      continue;
    }
    diagnostics.add({
      message: `"${name}" is provided by several collections and none of them is used`,
      hint: `add one of them to the profile: ${candidates.join(', ')}`,
      at,
    });
  }
  return [...selected.values()];

  function providedNames(name: string, from: CollectionIndex): readonly string[] {
    // Mistakes in collections that are not used are not this profile's business.
    return from.peek(name)?.file.provides ?? [];
  }
}

/** Reports every pair of selected collections that excludes one another. */
export function checkConflicts(selected: readonly Collection[], diagnostics: DiagnosticList): void {
  for (const collection of selected) {
    collection.file.conflicts?.forEach((name, i) => {
      for (const other of selected) {
        if (other === collection) continue;
        const provides = other.file.provides?.includes(name) === true;
        if (other.name !== name && !provides) continue;
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
