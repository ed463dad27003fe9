import {
  color,
  DefaultRenderer,
  figures,
  Listr,
  ListrDefaultRendererLogLevels,
  ListrLogger,
  type ListrTask,
  ProcessOutput,
} from 'listr2';
import { formatSeconds } from './format.ts';
import type { Job, Step } from './progress.ts';
import type { ProgressResults } from './progress-results.ts';

/** How often the elapsed time of a running step is brought up to date, in milliseconds. */
const TICK = 500;
/** Before that many seconds nobody wonders how long a step already takes. */
const SHOW_ELAPSED = 2;
/**
 * Lines stay this short even on a wide terminal: when it is made narrower, longer ones would be
 * wrapped by the terminal behind our back and leave debris.
 */
const MAX_WIDTH = 80;

export interface TerminalDisplay {
  readonly results: ProgressResults;
  readonly concurrency: number;
  readonly stream: NodeJS.WriteStream;
}

/**
 * listr2 draws only when stdout is a terminal. We draw on stderr, and know that it is one, even
 * when stdout goes to a file.
 */
class LiveRenderer extends DefaultRenderer {
  static override nonTTY = true;
}

/** Progress as live lines: one per step, below one per job when there are several. */
export async function runInTerminal(jobs: readonly Job[], display: TerminalDisplay): Promise<void> {
  const several = jobs.length > 1;
  const tasks: ListrTask[] = several
    ? jobs.map((job) => jobTask(job, display))
    : jobs.flatMap((job) => job.steps.map((step) => stepTask(job, step, display, 0)));
  const list = new Listr(tasks, {
    concurrent: several ? Math.max(1, display.concurrency) : false,
    // One failed job does not stop the others; one failed step stops its job.
    exitOnError: !several,
    // Signals are the business of withCleanup.
    registerSignalListeners: false,
    renderer: LiveRenderer,
    rendererOptions: {
      logger: new ListrLogger<ListrDefaultRendererLogLevels>({
        useIcons: true,
        processOutput: new ProcessOutput(display.stream, otherStream(display.stream), {
          leaveEmptyLine: false,
        }),
      }),
      // The default, an arrow, looks as if the job was still running.
      icon: { [ListrDefaultRendererLogLevels.FAILED_WITH_FAILED_SUBTASKS]: figures.cross },
      formatOutput: 'truncate',
      // The error is told in full below; here the step only gets its mark.
      showErrorMessage: false,
      collapseErrors: true,
    },
  });
  await list.run().catch((error: unknown) => {
    if (display.results.failures.length === 0) throw error;
  });
}

/** listr2 holds back what others write to the terminal while it draws: it needs both streams. */
function otherStream(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream === process.stdout ? process.stderr : process.stdout;
}

function jobTask(job: Job, display: TerminalDisplay): ListrTask {
  return {
    title: job.name,
    task: (_context, task) =>
      task.newListr(
        job.steps.map((step) => stepTask(job, step, display, 1)),
        { concurrent: false, exitOnError: true },
      ),
    rendererOptions: {
      timer: {
        condition: true,
        field: (milliseconds: number) => formatSeconds(milliseconds / 1000),
        format: () => color.dim,
      },
    },
  };
}

function stepTask(job: Job, step: Step, display: TerminalDisplay, level: number): ListrTask {
  return {
    title: step.title,
    async task(_context, task) {
      const reason = step.skip?.() ?? false;
      if (reason !== false) {
        task.skip(`${step.title}  ${color.dim(`skipped: ${reason}`)}`);
        return;
      }
      const started = performance.now();
      let detail = '';
      const elapsed = () => (performance.now() - started) / 1000;
      const show = (...parts: readonly string[]): void => {
        // Icon and indentation come before the title; the last column stays free.
        const room = Math.min(display.stream.columns, MAX_WIDTH) - 3 - 2 * level;
        const text = shorten(parts.filter(Boolean).join(', '), room - step.title.length - 2);
        task.title = text === '' ? step.title : `${step.title}  ${color.dim(text)}`;
      };
      const tick = setInterval(() => {
        show(elapsed() < SHOW_ELAPSED ? '' : `${Math.floor(elapsed())} s`, detail);
      }, TICK);
      try {
        await display.results.run(job, step, (text) => {
          detail = text;
        });
        show(formatSeconds(elapsed()));
      } catch (error) {
        show(`${display.results.endedHow} after ${formatSeconds(elapsed())}`);
        throw error;
      } finally {
        clearInterval(tick);
      }
    },
  };
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
