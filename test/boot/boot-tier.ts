/**
 * Builds the shipped profiles, and those with all options, and starts their images, with the program as users have it:
 * `npm run test:boot -- [--minutes N] [--results FILE] [NAME…]`. An image whose inputs have not
 * changed is not built again. Cases that are not reached, or that this machine can not run, are
 * skipped with their reason.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  lstatSync,
  readlinkSync,
} from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CASES, caseName, needsOf, profilePath, type BootCase } from './cases.ts';

interface Result {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'pending';
  /** Why it failed or was skipped. */
  readonly reason: string;
}

const project = path.resolve(import.meta.dirname, '..');
const cache = path.join(project, 'obj', 'boot-tier');
/** Of the encrypted examples, which read it from a file beside them. */
const PASSPHRASE = 'Fünf Igel im Schnee 23';

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string' }, results: { type: 'string' } },
  allowPositionals: true,
});
const limit = Number(values.minutes ?? Infinity) * 60_000;
const began = Date.now();
const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

function mkimage(args: readonly string[]): { code: number; stdout: string; output: string } {
  const { status, stdout, stderr } = spawnSync(path.join(project, 'mkimage'), args, {
    cwd: project,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { code: status ?? 1, stdout, output: `${stdout}${stderr}` };
}

/** The profile as it is shipped; examples are copied, because they read files beside them. */
function profileFile(one: BootCase): string {
  const shipped = path.join(project, profilePath(one));
  if (!one.profile.startsWith('examples/')) return shipped;
  const folder = path.join(cache, 'profiles');
  mkdirSync(folder, { recursive: true });
  const copy = path.join(folder, path.basename(shipped));
  writeFileSync(copy, readFileSync(shipped));
  writeFileSync(path.join(folder, 'luks.passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 });
  return copy;
}

/** Changes whenever anything changes that an image is made of, except for the mirror. */
function keyOf(file: string, args: readonly string[]): string {
  const { code, stdout, output } = mkimage(['plan', '--json', file]);
  if (code !== 0) throw new Error(output);
  const hash = createHash('sha256').update(stdout).update(args.join(' '));
  const add = (name: string): void => {
    const info = lstatSync(name);
    hash.update(`${path.relative(project, name)} ${info.mode} `);
    if (info.isSymbolicLink()) hash.update(readlinkSync(name));
    else if (info.isDirectory())
      for (const entry of readdirSync(name).sort()) add(path.join(name, entry));
    else hash.update(readFileSync(name));
  };
  const plan = JSON.parse(stdout) as { collections: readonly { name: string }[] };
  for (const { name } of plan.collections) add(path.join(project, 'collections', name));
  // Starting images does not change them.
  for (const entry of readdirSync(path.join(project, 'build-scripts')).sort())
    if (entry !== 'boot') add(path.join(project, 'build-scripts', entry));
  return hash.digest('hex');
}

/** @returns why it could not be built; undefined when the image is there */
function build(file: string, output: readonly string[]): string | undefined {
  const name = path.basename(file, '.yml');
  const keyFile = path.join(cache, `${name}.key`);
  const args = output.length === 0 ? [] : ['--output', output.join(',')];
  const key = keyOf(file, args);
  const link = path.join(cache, name, `${name}_manifest.json`);
  if (existsSync(link) && existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key)
    return undefined;
  rmSync(path.join(cache, name), { recursive: true, force: true });
  const { code, output: printed } = mkimage(['--plain', '-O', cache, ...args, file]);
  if (code !== 0) return printed.slice(-3000);
  writeFileSync(keyFile, key);
  return undefined;
}

function runCase(one: BootCase): Result {
  const name = caseName(one);
  const skip = (reason: string): Result => ({ name, status: 'pending', reason });
  if (Date.now() - began > limit) return skip(`${values.minutes ?? ''} minutes are over`);
  const reason = needsOf(one, cache);
  if (reason !== undefined) return skip(reason);
  const file = profileFile(one);
  const problem = build(file, one.output ?? []);
  if (problem !== undefined) return { name, status: 'failed', reason: problem };
  const { code, output } = mkimage([
    ...['test', '--plain', '-O', cache, file],
    ...(one.firmware === undefined ? [] : ['--firmware', one.firmware]),
    ...(one.scenario === undefined ? [] : ['--scenario', one.scenario]),
  ]);
  return code === 0
    ? { name, status: 'passed', reason: '' }
    : { name, status: 'failed', reason: output.slice(output.lastIndexOf('\n✗') + 1) };
}

mkdirSync(cache, { recursive: true });
const results: Result[] = [];
for (const one of CASES) {
  if (positionals.length > 0 && !positionals.some((part) => caseName(one).includes(part))) continue;
  const start = Date.now();
  const result = runCase(one);
  results.push(result);
  const seconds = ((Date.now() - start) / 1000).toFixed(0);
  const mark = { passed: '✓', failed: '✗', pending: '○' }[result.status];
  say(`${mark} ${result.name}${result.status === 'pending' ? '' : ` (${seconds} s)`}`);
  if (result.reason !== '') say(result.reason.replace(/^/gm, '    '));
}

const count = (status: Result['status']): number =>
  results.filter((result) => result.status === status).length;
if (values.results !== undefined) {
  // As jest writes them, for test/summarize.js.
  writeFileSync(
    values.results,
    JSON.stringify({
      numPassedTests: count('passed'),
      numFailedTests: count('failed'),
      numPendingTests: count('pending'),
      numTodoTests: 0,
      numRuntimeErrorTestSuites: 0,
      testResults: [
        {
          assertionResults: results.map(({ name, status, reason }) => ({
            status,
            fullName: status === 'pending' ? `${name} (skipped: ${reason})` : name,
          })),
        },
      ],
    }),
  );
}
say(`${count('passed')} passed, ${count('failed')} failed, ${count('pending')} skipped`);
process.exitCode = count('failed') === 0 && count('passed') > 0 ? 0 : 1;
