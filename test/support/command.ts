import { execa } from 'execa';

/** How a command ended and what it said. */
export interface Outcome {
  /** undefined: killed by `signal` */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the environment of the tests; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Nothing else is in the environment. */
  readonly cleanEnv?: boolean;
  readonly input?: string;
  /** Milliseconds; default 8 minutes, so that a test says what hung and does not just time out. */
  readonly timeout?: number;
}

/** Runs a command and tells how it ended; a program that does not exist or hangs is an error. */
export async function attempt(
  argv: readonly string[],
  { cwd, env = {}, cleanEnv = false, input, timeout = 480_000 }: CommandOptions = {},
): Promise<Outcome> {
  const [file = '', ...args] = argv;
  const result = await execa(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: cleanEnv ? env : { ...env },
    extendEnv: !cleanEnv,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    timeout,
    reject: false,
    maxBuffer: 256 * 1024 * 1024,
  });
  const { exitCode, signal, stdout, stderr } = result;
  if (result.timedOut || (exitCode === undefined && signal === undefined)) {
    throw new Error(`${argv.join(' ')}: ${result.message}`);
  }
  return { exitCode, signal, stdout, stderr };
}

/** Fails with what a command said when it did not end well. */
export function expectSuccess(outcome: Outcome, what = 'a command'): void {
  const { exitCode, signal, stdout, stderr } = outcome;
  if (exitCode === 0) return;
  throw new Error(`${what}: ${signal ?? `exit code ${String(exitCode)}`}\n${stdout}\n${stderr}`);
}

/** Runs a command that has to succeed. @returns its stdout, without the last newline */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const outcome = await attempt(argv, options);
  expectSuccess(outcome, argv.join(' '));
  return outcome.stdout;
}

/** Waits until `condition` gives something; polls every tenth of a second. */
export async function eventually<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  seconds = 60,
): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited ${seconds} s in vain: ${what}`);
}
