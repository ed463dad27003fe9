import type { Collection } from './collection.ts';
import type { DiagnosticList } from './diagnostics.ts';

interface Edge {
  /** Must come first. */
  readonly before: string;
  readonly reason: 'requires' | 'after';
}

/**
 * Sorts collections so that each one stands after those it `requires` and those it is `after`.
 * Where nothing else decides, the given order is kept. `after: ["*"]` means after every collection
 * that does not say so itself. A cycle is reported as a path.
 */
export function orderCollections(
  collections: readonly Collection[],
  diagnostics: DiagnosticList,
): Collection[] {
  const edges = new Map(
    collections.map((collection) => [collection.name, edgesOf(collection, collections)]),
  );
  const byName = new Map(collections.map((collection) => [collection.name, collection]));
  const done = new Set<string>();
  const ordered: Collection[] = [];
  const reported = new Set<string>();

  const visit = (name: string, trail: readonly { name: string; reason: string }[]): void => {
    if (done.has(name)) return;
    const start = trail.findIndex((step) => step.name === name);
    if (start >= 0) {
      reportCycle(name, trail.slice(start));
      return;
    }
    for (const edge of edges.get(name) ?? [])
      visit(edge.before, [...trail, { name, reason: edge.reason }]);
    if (done.has(name)) return;
    done.add(name);
    ordered.push(byName.get(name)!);
  };

  const reportCycle = (name: string, cycle: readonly { name: string; reason: string }[]): void => {
    const key = cycle
      .map((step) => step.name)
      .sort()
      .join(' ');
    if (reported.has(key)) return;
    reported.add(key);
    const text =
      cycle
        .map((step) => `${step.name} ${step.reason === 'requires' ? 'requires' : 'is after'} → `)
        .join('') + name;
    const collection = byName.get(name);
    diagnostics.add({
      message: `collections can not be ordered, they form a cycle: ${text}`,
      hint: 'remove one of these "requires" or "after"; use "wants" to pull in without ordering',
      at: collection?.document.locate([cycle[0]?.reason === 'after' ? 'after' : 'requires'], 'key'),
    });
  };

  for (const collection of collections) visit(collection.name, []);
  return ordered;
}

function edgesOf(collection: Collection, all: readonly Collection[]): Edge[] {
  const matches = (name: string): string[] =>
    all
      .filter((other) => other.name === name || other.file.provides?.includes(name) === true)
      .filter((other) => other !== collection || other.name === name)
      .map((other) => other.name);
  const edges: Edge[] = [];
  for (const name of collection.file.requires ?? []) {
    edges.push(...matches(name).map((before): Edge => ({ before, reason: 'requires' })));
  }
  for (const name of collection.file.after ?? []) {
    if (name === '*') {
      const others = all.filter(
        (other) =>
          other.file.after?.includes('*') !== true && !dependsOn(other, collection.name, all),
      );
      edges.push(...others.map((other): Edge => ({ before: other.name, reason: 'after' })));
    } else {
      edges.push(...matches(name).map((before): Edge => ({ before, reason: 'after' })));
    }
  }
  return edges;
}

/** Whether `collection` requires `name`, directly or through others. */
function dependsOn(
  collection: Collection,
  name: string,
  all: readonly Collection[],
  seen = new Set<string>(),
): boolean {
  if (seen.has(collection.name)) return false;
  seen.add(collection.name);
  return (collection.file.requires ?? []).some((required) => {
    if (required === name) return true;
    const next = all.find((other) => other.name === required);
    return next !== undefined && dependsOn(next, name, all, seen);
  });
}
