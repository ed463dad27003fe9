import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openBuildLog } from '../../build-scripts/host/build-log.ts';
import {
  type Job,
  type JobsResult,
  type ProgressOptions,
  runJobs,
  type Step,
} from '../../build-scripts/host/progress.ts';
import { temporaryDirectory } from './support/temporary.ts';

const folder = temporaryDirectory();
// Read when listr2 is loaded, which runJobs does later.
process.env.LISTR_FORCE_UNICODE = '1';

/** A stream that keeps what is written; as a terminal of that many columns, if any. */
class Screen extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly rows = 40;
  readonly columns: number;

  constructor(columns?: number) {
    super();
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 80;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  /** What can be read, line by line, times replaced. */
  lines(): string[] {
    return stripVTControlCharacters(this.text)
      .replaceAll(/\d+\.\d s/g, 'N s')
      .split('\n')
      .filter((line) => line !== '');
  }
}

async function show(
  jobs: readonly Job[],
  screen: Screen,
  options: ProgressOptions = {},
): Promise<JobsResult> {
  return runJobs(jobs, { ...options, stream: screen as unknown as NodeJS.WriteStream });
}

const quick = (title: string): Step => ({ title, run: () => Promise.resolve() });
const failing = (title: string): Step => ({
  title,
  run: () => Promise.reject(new Error(`${title} broke`)),
});
const skipped = (title: string): Step => ({ ...quick(title), skip: () => 'not needed' });

describe('plain', () => {
  test('a line when a step starts and one when it ends', async () => {
    const screen = new Screen();
    const job = { name: 'lxc', steps: [quick('bootstrap'), skipped('cache'), quick('pack')] };
    const result = await show([job], screen);
    expect(screen.lines()).toEqual([
      'lxc: bootstrap …',
      'lxc: bootstrap: done, N s',
      'lxc: cache: skipped, not needed',
      'lxc: pack …',
      'lxc: pack: done, N s',
    ]);
    expect(screen.text).not.toContain('\u001b');
    expect(result.timings.map(({ title }) => title)).toEqual(['bootstrap', 'pack']);
  });

  test('a failed job stops there, and does not stop the others', async () => {
    const screen = new Screen();
    const jobs = [
      { name: 'one', steps: [failing('bootstrap'), quick('pack')] },
      { name: 'two', steps: [quick('bootstrap')] },
    ];
    const { failures, timings } = await show(jobs, screen);
    expect(screen.lines()).toEqual([
      'one: bootstrap …',
      'one: bootstrap: failed after N s',
      'two: bootstrap …',
      'two: bootstrap: done, N s',
    ]);
    expect(failures).toEqual([
      { job: 'one', title: 'bootstrap', error: new Error('bootstrap broke') },
    ]);
    expect(timings.map(({ job }) => job)).toEqual(['one', 'two']);
  });

  test('warnings and notes are returned, not printed; details are rare', async () => {
    const screen = new Screen();
    const step: Step = {
      title: 'work',
      run(handle) {
        for (let count = 0; count < 1000; count += 1) handle.update(`${count} of 1000`);
        handle.warn('nobody can log in');
        handle.note('by the way');
        return Promise.resolve();
      },
    };
    const result = await show([{ name: 'lxc', steps: [step] }], screen);
    expect(screen.lines()).toHaveLength(2);
    expect(result.warnings).toEqual([{ job: 'lxc', text: 'nobody can log in' }]);
    expect(result.notes).toEqual([{ job: 'lxc', text: 'by the way' }]);
  });

  test('quiet says nothing, verbose shows the log', async () => {
    const log = openBuildLog(path.join(folder, 'verbose.log'));
    log.write('before');
    const step: Step = {
      title: 'work',
      run() {
        log.write('Unpacking things');
        return Promise.resolve();
      },
    };
    const jobs = [{ name: 'lxc', steps: [step], log }];
    const quiet = new Screen(80);
    await show(jobs, quiet, { mode: 'quiet' });
    expect(quiet.text).toBe('');
    const verbose = new Screen(80);
    await show(jobs, verbose, { mode: 'verbose' });
    expect(verbose.lines()).toEqual(['lxc: work …', 'Unpacking things', 'lxc: work: done, N s']);
    log.close();
  });

  test('as many jobs side by side as told', async () => {
    let running = 0;
    let most = 0;
    const step: Step = {
      title: 'work',
      async run() {
        running += 1;
        most = Math.max(most, running);
        await sleep(20);
        running -= 1;
      },
    };
    const jobs = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, steps: [step, step] }));
    const { timings } = await show(jobs, new Screen(), { concurrency: 2 });
    expect(most).toBe(2);
    expect(timings).toHaveLength(10);
  });
});

describe.each([
  ['plain', undefined],
  ['on a terminal', 80],
])('interrupted, %s', (_, columns) => {
  test('no further step starts, and the reason is thrown', async () => {
    const controller = new AbortController();
    const started: string[] = [];
    const jobs = ['one', 'two', 'three'].map((name) => ({
      name,
      steps: ['first', 'second'].map((title) => ({
        title,
        async run() {
          started.push(`${name} ${title}`);
          await Promise.resolve();
          controller.abort(new Error('Ctrl-C'));
          // As any command does that was given the signal.
          controller.signal.throwIfAborted();
        },
      })),
    }));
    const screen = new Screen(columns);
    const running = show(jobs, screen, { signal: controller.signal });
    await expect(running).rejects.toThrow('Ctrl-C');
    expect(started).toEqual(['one first']);
    expect(screen.text).toContain('interrupted after');
    expect(screen.text).not.toContain('failed');
  });
});

describe('terminal', () => {
  test('one job: a line per step', async () => {
    const screen = new Screen(60);
    const step: Step = {
      title: 'bootstrap',
      async run(handle) {
        handle.update('212 of 318 packages, and much more than fits on one line here');
        await sleep(1200);
      },
    };
    const job = { name: 'lxc', steps: [step, skipped('cache'), quick('pack')] };
    const { timings } = await show([job], screen);
    const lines = screen.lines();
    expect(lines.slice(-3).map((line) => line.trim())).toEqual([
      '✔ bootstrap  N s',
      '↓ cache  skipped: not needed',
      '✔ pack  N s',
    ]);
    const live = lines.filter((line) => line.includes('212 of 318 packages'));
    expect(live.length).toBeGreaterThan(0);
    expect(live.every((line) => line.length < 60 && line.endsWith('…'))).toBe(true);
    expect(timings.map(({ title }) => title)).toEqual(['bootstrap', 'pack']);
  });

  test('several jobs: a line per job, and the steps of those that failed', async () => {
    const screen = new Screen(80);
    const jobs = [
      { name: 'one', steps: [quick('bootstrap'), failing('pack'), quick('publish')] },
      { name: 'two', steps: [quick('bootstrap')] },
    ];
    const { failures } = await show(jobs, screen, { concurrency: 2 });
    expect(screen.lines().slice(-5)).toEqual([
      '✖ one',
      '  ✔ bootstrap  N s',
      '  ✖ pack  failed after N s',
      '  ◼ publish',
      '✔ two [N s]',
    ]);
    expect(failures.map(({ job, title }) => `${job} ${title}`)).toEqual(['one pack']);
  });

  test('TERM=dumb gets plain lines', async () => {
    const { TERM = 'xterm' } = process.env;
    process.env.TERM = 'dumb';
    const screen = new Screen(80);
    await show([{ name: 'lxc', steps: [quick('pack')] }], screen);
    process.env.TERM = TERM;
    expect(screen.lines()[0]).toBe('lxc: pack …');
  });
});
