/**
 * What two layers make of an option with `merge: append`: lists are concatenated without
 * repetitions, maps merged, and so are lists within maps; of anything else the upper value counts.
 *
 * @param unique of a list of objects: entries with the same value of this property become one
 */
export function joinValues(lower: unknown, upper: unknown, unique?: string): unknown {
  if (Array.isArray(lower) && Array.isArray(upper)) {
    if (unique !== undefined) return joinEntries(lower as Entry[], upper as Entry[], unique);
    const seen = new Set(lower.map((entry) => JSON.stringify(entry)));
    return [
      ...(lower as unknown[]),
      ...(upper as unknown[]).filter((entry) => !seen.has(JSON.stringify(entry))),
    ];
  }
  if (isMapping(lower) && isMapping(upper)) {
    return Object.fromEntries(
      [...new Set([...Object.keys(lower), ...Object.keys(upper)])].map((key) => [
        key,
        Object.hasOwn(lower, key) && Object.hasOwn(upper, key)
          ? joinValues(lower[key], upper[key])
          : (upper[key] ?? lower[key]),
      ]),
    );
  }
  return upper;
}

type Entry = Readonly<Record<string, unknown>>;

function joinEntries(lower: readonly Entry[], upper: readonly Entry[], unique: string): Entry[] {
  const twinOf = (entry: Entry, others: readonly Entry[]): Entry | undefined =>
    others.find((other) => other[unique] === entry[unique]);
  return [
    ...lower.map((entry) => joinEntry(entry, twinOf(entry, upper) ?? {})),
    ...upper.filter((entry) => twinOf(entry, lower) === undefined),
  ];
}

/** Lists grow. Mappings do not: {file: …} and {env: …} would be no secret any more. */
function joinEntry(lower: Entry, upper: Entry): Entry {
  const lists = Object.entries(upper)
    .filter(([name, value]) => Array.isArray(value) && Array.isArray(lower[name]))
    .map(([name, value]): [string, unknown] => [name, joinValues(lower[name], value)]);
  return { ...lower, ...upper, ...Object.fromEntries(lists) };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
