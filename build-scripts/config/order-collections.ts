import type { Collection } from './collection.ts';
import type { DiagnosticList, Location } from './diagnostics.ts';

interface Edge {
  /** Must come first. */
  readonly before: string;
  readonly reason: 'requires' | 'after';
  readonly at: Location;
}

interface Step extends Edge {
  readonly name: string;
}

/**
 * Sorts collections so that each one stands after those it `requires` and those it is `after`.
 * Where nothing else decides, the given order is kept. `after: ["*"]` means after every collection
 * that does not say so itself and does not come after this one for another reason. A cycle is
 * reported as a path.
 */
export function orderCollections(
  collections: readonly Collection[],
  diagnostics: DiagnosticList,
): Collection[] {
  const edges = edgesOf(collections);
  const done = new Set<string>();
  const ordered: Collection[] = [];
  const reported = new Set<string>();

  const visit = (collection: Collection, trail: readonly Step[]): void => {
    const { name } = collection;
    if (done.has(name)) return;
    const start = trail.findIndex((step) => step.name === name);
    if (start >= 0) {
      const cycle = trail.slice(start);
      const key = JSON.stringify(cycle.map((step) => step.name).sort());
      if (!reported.has(key)) reportCycle(cycle, diagnostics);
      reported.add(key);
      return;
    }
    for (const edge of edges.get(name) ?? []) {
      const before = collections.find((other) => other.name === edge.before);
      if (before !== undefined) visit(before, [...trail, { ...edge, name }]);
    }
    if (done.has(name)) return;
    done.add(name);
    ordered.push(collection);
  };

  for (const collection of collections) visit(collection, []);
  return ordered;
}

/** The same text from whichever of its collections a cycle is entered. */
function reportCycle(steps: readonly Step[], diagnostics: DiagnosticList): void {
  const names = steps.map((step) => step.name);
  const first = names.indexOf([...names].sort()[0] ?? '');
  const cycle = [...steps.slice(first), ...steps.slice(0, first)];
  const path = [...cycle.map((step) => step.name), cycle[0]?.name].join(' → ');
  const edges = cycle.map(
    ({ name, before, reason, at }) =>
      `${name} ${reason === 'requires' ? 'requires' : 'is after'} ${before}, ${at.file}:${at.line}`,
  );
  diagnostics.add({
    message: `collections can not be ordered, each one must come after the next: ${path}`,
    hint: ['remove one of these; "wants" pulls in a collection without ordering it', ...edges].join(
      '\n',
    ),
    at: cycle[0]?.at,
  });
}

/** What must come before each collection, by name. */
function edgesOf(all: readonly Collection[]): Map<string, Edge[]> {
  const matches = (collection: Collection, wanted: string): string[] =>
    all
      .filter((other) => other.name === wanted || other.file.provides?.includes(wanted) === true)
      .filter((other) => other !== collection || other.name === wanted)
      .map((other) => other.name);
  const edges = new Map(
    all.map((collection): [string, Edge[]] => [
      collection.name,
      (['requires', 'after'] as const).flatMap((reason) =>
        (collection.file[reason] ?? []).flatMap((wanted, i) =>
          matches(collection, wanted).map((before) => ({
            before,
            reason,
            at: collection.document.locate([reason, i]),
          })),
        ),
      ),
    ]),
  );
  const comesAfter = (name: string, other: string, seen = new Set<string>()): boolean => {
    if (seen.has(name)) return false;
    seen.add(name);
    return (edges.get(name) ?? []).some(
      ({ before }) => before === other || comesAfter(before, other, seen),
    );
  };
  const last = all.filter(({ file }) => file.after?.includes('*') === true);
  const star = last.map(({ name, file, document }): [string, Edge[]] => [
    name,
    all
      .filter((other) => !last.includes(other) && !comesAfter(other.name, name))
      .map((other) => ({
        before: other.name,
        reason: 'after',
        at: document.locate(['after', file.after?.indexOf('*') ?? 0]),
      })),
  ]);
  for (const [name, added] of star) edges.get(name)?.push(...added);
  return edges;
}
