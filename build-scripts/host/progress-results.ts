import type { Job, JobFailure, JobMessage, JobsResult, Step, StepTiming } from './progress.ts';

/** Runs single steps and remembers what came of them; the displays differ, this does not. */
export class ProgressResults implements JobsResult {
  readonly timings: StepTiming[] = [];
  readonly warnings: JobMessage[] = [];
  readonly notes: JobMessage[] = [];
  readonly failures: JobFailure[] = [];
  private readonly signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal;
  }

  /** Whether no further step is to start. */
  get interrupted(): boolean {
    return this.signal?.aborted === true;
  }

  /** What to say of a step that has just thrown. */
  get endedHow(): string {
    return this.interrupted ? 'interrupted' : 'failed';
  }

  /**
   * Runs one step.
   * @returns how many seconds it took
   * @throws what the step throws, after recording it; the abort reason instead of starting it
   */
  async run(job: Job, step: Step, update: (detail: string) => void): Promise<number> {
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    try {
      this.signal?.throwIfAborted();
      await step.run({
        update,
        warn: (text) => this.warnings.push({ job: job.name, text }),
        note: (text) => this.notes.push({ job: job.name, text }),
      });
    } catch (error) {
      this.failures.push({ job: job.name, title: step.title, error });
      throw error;
    } finally {
      this.timings.push({ job: job.name, title: step.title, seconds: seconds() });
    }
    return seconds();
  }
}
