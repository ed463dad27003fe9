import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** What a command that must succeed prints. */
export function output(argv: readonly string[], environment: Record<string, string> = {}): string {
  const [file = '', ...args] = argv;
  return execFileSync(file, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
}

/** Wall-clock seconds of a command that must succeed. */
export function seconds(argv: readonly string[], environment: Record<string, string> = {}): number {
  const [file = '', ...args] = argv;
  const start = performance.now();
  execFileSync(file, args, { stdio: 'ignore', env: { ...process.env, ...environment } });
  return (performance.now() - start) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** Step → seconds, as the summary of a build prints them: `  12.3 s  unpack`, `2 min 05 s  publish`. */
export function stepSeconds(printed: string): Map<string, number> {
  const steps = new Map<string, number>();
  for (const match of printed.matchAll(/^ *(?:(\d+) min )?([\d.]+) s {2}(\S.*)$/gm)) {
    const [, minutes = '0', rest = '', title = ''] = match;
    steps.set(title, Number(minutes) * 60 + Number(rest));
  }
  return steps;
}

/** Bare mmdebstrap with the packages of a profile, into `tarball`. */
export function bareCommand(mkimage: string, profile: string, tarball: string): string[] {
  const plan = JSON.parse(output([mkimage, 'plan', profile, '--json'])) as {
    packages: { name: string }[];
  };
  const include = plan.packages.map(({ name }) => name).join(',');
  return [
    ...['mmdebstrap', '--quiet', '--mode=root', '--variant=minbase', `--include=${include}`],
    ...['bookworm', tarball],
  ];
}

export interface Result {
  readonly what: string;
  /** A number, perhaps with a unit. */
  readonly measured: string;
  /** A bound such as `≤ 1.3`, or empty. */
  readonly wanted: string;
}

/** The variable with the name of the file that {@link printTable} writes its rows to as well. */
export const RESULTS = 'MKIMAGE_BENCH_RESULTS';

export const readResults = (file: string): Result[] =>
  JSON.parse(readFileSync(file, 'utf8')) as Result[];

/** Rows of what, measured, wanted. What belongs to the row before begins with "…". */
export function printTable(rows: readonly (readonly string[])[]): void {
  process.stdout.write('| what | measured | wanted |\n| --- | --- | --- |\n');
  for (const row of rows) process.stdout.write(`| ${row.join(' | ')} |\n`);
  const file = process.env[RESULTS];
  if (file === undefined) return;
  let subject = '';
  const results = rows.map(([what = '', measured = '', wanted = '']): Result => {
    if (!what.startsWith('…')) subject = what;
    const full = what.startsWith('…') ? `${subject} ${what}` : what;
    return { what: full, measured, wanted };
  });
  writeFileSync(file, JSON.stringify(results));
}
