import { distance } from 'fastest-levenshtein';

/**
 * The candidate that `name` is most likely a misspelling of, or undefined when none is close.
 * Close means at most a third of the letters (and at least two) differ, or one is the tail of the
 * other (`hostname` for `base.hostname`). Of up to four letters one may differ, or all are there in
 * another order: `lcx` is `lxc`, but `home` is not `none`.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: { candidate: string; score: number } | undefined;
  for (const candidate of candidates) {
    const lower = candidate.toLowerCase();
    const isTail = lower.endsWith(`.${wanted}`) || lower.endsWith(`/${wanted}`);
    const score = isTail ? 0.5 : distance(wanted, lower);
    const length = Math.max(wanted.length, lower.length);
    const isShort = length < 5 && letters(wanted) !== letters(lower);
    const limit = isShort ? 1 : Math.max(2, Math.floor(length / 3));
    if (score <= limit && score < lower.length && (best === undefined || score < best.score)) {
      best = { candidate, score };
    }
  }
  return best?.candidate;
}

const letters = (name: string): string => Array.from(name).sort().join('');

/** `did you mean "x"?`, or else the known names when they are few, or `fallback`. */
export function suggestion(
  name: string,
  candidates: Iterable<string>,
  what: string,
  fallback?: string,
): string | undefined {
  const known = [...candidates];
  const match = closest(name, known);
  if (match !== undefined) return `did you mean "${match}"?`;
  if (known.length > 0 && known.length <= 20) return `${what}: ${known.join(', ')}`;
  return fallback;
}
