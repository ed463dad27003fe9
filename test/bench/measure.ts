import { execFileSync } from 'node:child_process';

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

/** Rows of what, measured, wanted. */
export function printTable(rows: readonly (readonly string[])[]): void {
  process.stdout.write('| what | measured | wanted |\n| --- | --- | --- |\n');
  for (const row of rows) process.stdout.write(`| ${row.join(' | ')} |\n`);
}
