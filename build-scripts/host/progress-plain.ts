import { formatSeconds } from './format.ts';
import type { Job, Step } from './progress.ts';
import type { ProgressResults } from './progress-results.ts';

/** A detail is worth a line of its own only so often, in milliseconds. */
const DETAIL_INTERVAL = 10_000;

export interface PlainDisplay {
  readonly results: ProgressResults;
  readonly concurrency: number;
  readonly stream: NodeJS.WritableStream;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Progress as lines that stay: for files, pipes and CI. */
export async function runPlainly(jobs: readonly Job[], display: PlainDisplay): Promise<void> {
  const waiting = [...jobs];
  async function worker(): Promise<void> {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      await runJob(job, display, jobs.length > 1);
    }
  }
  const workers = Math.max(1, Math.min(display.concurrency, jobs.length));
  await Promise.all(Array.from({ length: workers }, worker));
}

async function runJob(job: Job, display: PlainDisplay, severalJobs: boolean): Promise<void> {
  const say = (text: string): void => {
    if (!display.quiet) display.stream.write(`${job.name}: ${text}\n`);
  };
  const stopListening = display.verbose
    ? job.log?.onLine((line) => {
        display.stream.write(`${severalJobs ? `${job.name}| ` : ''}${line}\n`);
      })
    : undefined;
  try {
    for (const step of job.steps) if (!(await runStep(job, step, display, say))) return;
  } finally {
    stopListening?.();
  }
}

/** @returns whether the job may go on */
async function runStep(
  job: Job,
  step: Step,
  { results }: PlainDisplay,
  say: (text: string) => void,
): Promise<boolean> {
  if (results.interrupted) return false;
  const reason = step.skip?.() ?? false;
  if (reason !== false) {
    say(`${step.title}: skipped, ${reason}`);
    return true;
  }
  const started = performance.now();
  let lastDetail = started;
  say(`${step.title} …`);
  try {
    const seconds = await results.run(job, step, (detail) => {
      if (performance.now() - lastDetail < DETAIL_INTERVAL) return;
      lastDetail = performance.now();
      say(`${step.title}: ${detail}`);
    });
    say(`${step.title}: done, ${formatSeconds(seconds)}`);
    return true;
  } catch {
    // It is in the results, and the caller decides how to tell.
    const seconds = (performance.now() - started) / 1000;
    say(`${step.title}: ${results.endedHow} after ${formatSeconds(seconds)}`);
    return false;
  }
}
