import type { BuildLog } from './build-log.ts';
import { ProgressResults } from './progress-results.ts';
import { runAll } from './run-all.ts';

/** What a step may say while it runs. */
export interface StepHandle {
  /** Replaces the live detail behind the title, e.g. `212 of 318 packages, 61.2 MB`. */
  update(detail: string): void;
  /** Something the user should see at the end. */
  warn(text: string): void;
  note(text: string): void;
}

export interface Step {
  readonly title: string;
  run(step: StepHandle): Promise<void>;
  /** Asked when the step's turn has come: why it is not needed, or false. */
  skip?(): string | false;
}

/** Both steps as one, at the same time; waits for both also when one fails. */
export function sideBySide(one: Step, other: Step): Step {
  return {
    title: `${one.title}, ${other.title}`,
    async run(step) {
      await runAll([one.run(step), other.run(step)]);
    },
  };
}

/** One profile's build: steps that run one after the other, until one fails. */
export interface Job {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Its lines are shown in verbose mode. */
  readonly log?: BuildLog | undefined;
}

/**
 * - `auto`: live lines on a terminal, else `plain`
 * - `plain`: a line when a step starts and one when it ends, without escape codes
 * - `verbose`: plain, and every line of the jobs' logs
 * - `quiet`: nothing
 */
export type ProgressMode = 'auto' | 'quiet' | 'verbose' | 'plain';

export interface ProgressOptions {
  readonly mode?: ProgressMode | undefined;
  /** Jobs that run side by side; default 1. */
  readonly concurrency?: number | undefined;
  /** Default stderr. */
  readonly stream?: NodeJS.WriteStream | undefined;
  /** Once it has aborted, no further step starts. */
  readonly signal?: AbortSignal | undefined;
}

export interface StepTiming {
  readonly job: string;
  readonly title: string;
  readonly seconds: number;
}

export interface JobMessage {
  readonly job: string;
  readonly text: string;
}

export interface JobFailure {
  readonly job: string;
  /** The step that failed. */
  readonly title: string;
  readonly error: unknown;
}

export interface JobsResult {
  /** Every step that ran, in the order they ended; not the skipped ones. */
  readonly timings: readonly StepTiming[];
  /** Not printed by `runJobs`, in no mode: they belong into the closing summary. */
  readonly warnings: readonly JobMessage[];
  readonly notes: readonly JobMessage[];
  /** At most one per job; a failed job does not stop the others. */
  readonly failures: readonly JobFailure[];
}

/**
 * Runs jobs and shows how they get on.
 * @throws the reason of `signal`, when that has aborted and everything has come to rest
 */
export async function runJobs(
  jobs: readonly Job[],
  options: ProgressOptions = {},
): Promise<JobsResult> {
  const { mode = 'auto', concurrency = 1, stream = process.stderr, signal } = options;
  const results = new ProgressResults(signal);
  const display = { results, concurrency, stream };
  if (mode === 'auto' && isLiveTerminal(stream)) {
    // listr2 and what it needs are only loaded when there is something to draw.
    const { runInTerminal } = await import('./progress-terminal.ts');
    await runInTerminal(jobs, display);
  } else {
    const { runPlainly } = await import('./progress-plain.ts');
    await runPlainly(jobs, { ...display, quiet: mode === 'quiet', verbose: mode === 'verbose' });
  }
  signal?.throwIfAborted();
  return results;
}

function isLiveTerminal(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env.TERM !== 'dumb';
}
