/**
 * `npm run bench [-- ROUNDS]`: all benchmarks, one after the other, on a machine with nothing else to
 * do (about half an hour for each round). Adds the numbers to test/bench/history.json and writes
 * docs/benchmarks.md. Fails when one is outside its bound, or much worse than it used to be.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compare, formatBenchmarks, type Run } from './history.ts';
import { output, readResults, RESULTS } from './measure.ts';

const project = path.resolve(import.meta.dirname, '..');
const historyFile = path.join(project, 'test/bench/history.json');
const PARTS = ['rootfs', 'disk', 'machine', 'rebuild'];

const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-results-'));
try {
  process.exitCode = main(process.argv.slice(2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function main(rounds: readonly string[]): number {
  const results = PARTS.flatMap((part) => {
    process.stderr.write(`bench:${part}\n`);
    const file = path.join(folder, part);
    const { status } = spawnSync('npm', ['run', '--silent', `bench:${part}`, '--', ...rounds], {
      cwd: project,
      stdio: 'inherit',
      env: { ...process.env, [RESULTS]: file },
    });
    if (status !== 0) throw new Error(`bench:${part} failed`);
    return readResults(file);
  });
  const { model = 'unknown' } = os.cpus()[0] ?? {};
  const run: Run = {
    date: new Date().toISOString().slice(0, 10),
    commit: output(['git', '-C', project, 'rev-parse', '--short', 'HEAD']).trim(),
    machine: `${os.availableParallelism()} × ${model.trim()}, ${Math.round(os.totalmem() / 1024 ** 3)} GiB`,
    results,
  };
  const before = JSON.parse(readFileSync(historyFile, 'utf8')) as Run[];
  const findings = compare(run, before);
  writeFileSync(historyFile, `${JSON.stringify([...before, run], null, 2)}\n`);
  writeFileSync(path.join(project, 'docs/benchmarks.md'), formatBenchmarks(run, before));
  output(['npx', 'prettier', '--write', historyFile, path.join(project, 'docs/benchmarks.md')]);
  for (const finding of findings) process.stderr.write(`${finding}\n`);
  return findings.length === 0 ? 0 : 1;
}
