import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { findProgram } from '../host/find-program.ts';
import { runCommand } from '../host/process.ts';
import { shellQuote } from '../host/shell-quote.ts';
import type { Guest } from './guest.ts';
import type { TestResult } from './report.ts';

/** A test that came with a collection. */
export interface GuestTest {
  /** `ssh-strict/tests/30-login` */
  readonly name: string;
  /** Absolute path on the host. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where a guest answers to ssh, for tests that run on the host. */
export interface GuestAccess {
  readonly address: string;
  readonly port: number;
  /** Goes in front of commands on the host. */
  readonly prefix: readonly string[];
  /** Private key; the public half is in `MKIMAGE_SSH_PUBLIC_KEY` of tests in the guest. */
  readonly key: string;
}

/** Tests whose name ends so run on the host; the others as root in the guest. */
const HOST_ENDING = '.host';
/** In memory, and where programs may run. */
const FOLDER = '/run/mkimage-test/tests';
/** sysexits.h has no code for it; automake's test driver, for one, takes this. */
const SKIPPED = 77;
/** On hardware. */
const TEST_SECONDS = 300;

export interface TestRun {
  /** Undefined without an ssh server, or without ssh on the host. */
  readonly access: GuestAccess | undefined;
  /** See Accelerator; of a container 1. */
  readonly slowness: number;
  readonly signal?: AbortSignal | undefined;
  readonly onTest: (name: string) => void;
}

/** Runs tests in their order. One that fails does not keep the others from running. */
export async function runGuestTests(
  guest: Pick<Guest, 'attempt'>,
  tests: readonly GuestTest[],
  run: TestRun,
): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const test of tests) {
    run.onTest(test.name);
    const began = Date.now();
    const isForHost = test.name.endsWith(HOST_ENDING);
    const { exitCode, output } = isForHost ? await onHost(test, run) : await inGuest(guest, test);
    results.push({
      name: test.name,
      status: exitCode === 0 ? 'passed' : exitCode === SKIPPED ? 'skipped' : 'failed',
      seconds: (Date.now() - began) / 1000,
      output: exitCode === 124 ? `${output}\ntook longer than it may` : output,
    });
  }
  return results;
}

interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

async function inGuest(guest: Pick<Guest, 'attempt'>, { file, env }: GuestTest): Promise<Outcome> {
  const text = (await readFile(file)).toString('base64');
  const copy = `${FOLDER}/${path.basename(file)}`;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return guest.attempt(
    [
      `mkdir -p ${FOLDER}`,
      `echo ${text} | base64 -d >${copy}`,
      `chmod 700 ${copy}`,
      shellQuote(['env', 'LC_ALL=C.UTF-8', ...variables, copy]),
    ].join(' && '),
    TEST_SECONDS,
  );
}

async function onHost(
  { file, env }: GuestTest,
  { access, slowness, signal }: TestRun,
): Promise<Outcome> {
  if (access === undefined)
    return { exitCode: SKIPPED, output: 'the guest has no ssh server, or the host no ssh' };
  const { stdout, stderr, exitCode } = await runCommand(
    [...access.prefix, 'timeout', String(TEST_SECONDS * slowness), file],
    {
      env: {
        ...env,
        MKIMAGE_SSH_ADDRESS: access.address,
        MKIMAGE_SSH_PORT: String(access.port),
        MKIMAGE_SSH_KEY: access.key,
      },
      signal,
      allowExitCodes: Array.from({ length: 256 }, (_, code) => code),
    },
  );
  return { exitCode, output: `${stdout}${stderr}`.trimEnd() };
}

/** @returns the public key of a new pair; undefined without ssh-keygen */
export async function makeKey(file: string): Promise<string | undefined> {
  if (findProgram('ssh-keygen') === undefined) return undefined;
  await runCommand([
    'ssh-keygen',
    '-q',
    '-t',
    'ed25519',
    '-N',
    '',
    '-C',
    'mkimage test',
    '-f',
    file,
  ]);
  return (await readFile(`${file}.pub`, 'utf8')).trim();
}
