import { median, type Result } from './measure.ts';

/** All numbers of one day. */
export interface Run {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly results: readonly Result[];
}

/** A number this many times as bad as the median of earlier runs is no noise. */
const MUCH_WORSE = 1.25;

/** Bounds and directions: `≤ 1.3`, `< 10 %`, `≥ 300`, `< 0.5 s`. */
function boundOf(wanted: string): { bound: number; lower: boolean } | undefined {
  const [, sign, bound] = /^([≤<≥>]) (\d+(?:\.\d+)?)/.exec(wanted) ?? [];
  return bound === undefined ? undefined : { bound: Number(bound), lower: /[≤<]/.test(sign ?? '') };
}

const numberOf = (measured: string): number => Number.parseFloat(measured);

/** Numbers of the same thing in earlier runs. */
const earlier = (what: string, before: readonly Run[]): number[] =>
  before
    .flatMap(({ results }) => results.filter((result) => result.what === what))
    .map(({ measured }) => numberOf(measured));

/** What is outside its bound, or much worse than it used to be. */
export function compare(run: Run, before: readonly Run[]): string[] {
  return run.results.flatMap(({ what, measured, wanted }) => {
    const limit = boundOf(wanted);
    if (limit === undefined) return [];
    const value = numberOf(measured);
    const { bound, lower } = limit;
    if (lower ? value > bound : value < bound) return [`${what}: ${measured}, wanted is ${wanted}`];
    const used = median(earlier(what, before));
    const ratio = lower ? value / used : used / value;
    return ratio > MUCH_WORSE ? [`${what}: ${measured}, it used to be ${used}`] : [];
  });
}

/** The last run and those before it, as Markdown. */
export function formatBenchmarks(run: Run, before: readonly Run[]): string {
  const rows = run.results.map(({ what, measured, wanted }) => {
    const values = earlier(what, before);
    return [what, measured, wanted, values.length === 0 ? '' : String(median(values))];
  });
  return `# Benchmarks

Written by \`npm run bench\`: ${run.date}, version ${run.commit}, on ${run.machine}. Ratios are of one run, on one
machine, in turn with the bare tools, and are what counts; seconds depend on the machine.
\`test/bench/history.json\` has all runs.

| what | measured | wanted | before, median of ${before.length} |
| --- | --- | --- | --- |
${rows.map((row) => `| ${row.join(' | ')} |\n`).join('')}`;
}
