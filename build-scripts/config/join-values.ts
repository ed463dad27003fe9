/**
 * What two layers make of an option with `merge: append`: lists are concatenated without
 * repetitions, maps merged, and so are lists within maps; of anything else the upper value counts.
 */
export function joinValues(lower: unknown, upper: unknown): unknown {
  if (Array.isArray(lower) && Array.isArray(upper)) {
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

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
