import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PLAIN, SCENARIOS, type Scenario } from '../boot/scenarios.ts';
import {
  hasFailed,
  reportDetails,
  reportJson,
  reportJunit,
  reportRows,
  type ImageReport,
} from '../boot/report.ts';
import { suggestion } from '../config/did-you-mean.ts';
import { withCleanup } from '../host/cleanup.ts';
import { exitCodeOf, formatError, UserError } from '../host/errors.ts';
import { makeFolder } from '../host/file-owner.ts';
import { runJobs, type Job, type ProgressMode } from '../host/progress.ts';
import { workBase } from '../host/workspace.ts';
import {
  acceleratorPicker,
  firmwareOf,
  isForeign,
  requireHost,
  testJob,
  TestsFailed,
  wayOf,
} from '../test-image.ts';
import {
  collectionsOf,
  findTarget,
  machineAround,
  MACHINE,
  passphrasesOf,
  type TargetArguments,
} from './boot-targets.ts';
import { outputRoot } from './common.ts';
import { table } from './text.ts';

export interface TestArguments extends TargetArguments {
  readonly target: readonly string[];
  readonly scenario?: readonly string[] | undefined;
  readonly json?: string | undefined;
  readonly junit?: string | undefined;
  readonly jobs?: number | undefined;
  /** Profile or file of the machine that containers of another architecture are started in. */
  readonly hostImage?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly plain?: boolean | undefined;
}

/**
 * `mkimage test`: starts images without a person, runs the tests of their collections, and says how
 * it went.
 * @returns 0 when all passed, 1 otherwise
 * @throws UserError when there was nothing to do
 */
export async function test(args: TestArguments): Promise<number> {
  const say = (text: string): void => {
    if (args.quiet !== true) process.stderr.write(`${text}\n`);
  };
  if (args.json === '-' && args.junit === '-')
    throw new UserError('--json - and --junit - do not both go to stdout', {
      hint: 'write one of them into a file',
    });
  const scenarios = scenariosOf(args.scenario);
  const { memory = MACHINE.memory, cpus = MACHINE.cpus } = args;
  const workdir = await workBase(args.workdir);
  const targets = args.target.map((given) => findTarget(given, args));
  for (const file of [args.json, args.junit])
    if (file !== undefined && file !== '-') await writeReport(file, '');
  const reports: ImageReport[] = [];
  const skipped: string[] = [];
  const outcome = await withCleanup(async (defer, signal) => {
    const jobs: Job[] = [];
    const pick = acceleratorPicker(workdir);
    for (const target of targets) {
      const passphrases = await passphrasesOf(target, args, (text) => {
        say(`warning: ${text}`);
      });
      for (const image of target.images) {
        const found = await firmwareOf(image, workdir).catch((error: unknown) => {
          if (args.firmware === undefined) throw error;
          return [args.firmware];
        });
        const firmware = args.firmware === undefined ? found : [args.firmware];
        const around = isForeign(image)
          ? await machineAround(image, args.hostImage, args, workdir)
          : undefined;
        if (around === undefined) requireHost(image, image.kind === 'root' ? [] : firmware);
        else requireHost(around.image, [around.firmware]);
        if (around !== undefined)
          say(`note: ${image.name}: is started in a machine, from ${around.image.file}`);
        const accelerator = await pick(around?.image ?? image);
        if (accelerator?.kind === 'tcg')
          say(`note: ${image.name}: machines are emulated, which is slow: ${accelerator.why}`);
        const logs = path.join(outputRoot(args.outputDir), image.name, 'test');
        await makeFolder(logs);
        for (const one of image.kind === 'root' ? [undefined] : firmware) {
          for (const scenario of scenarios) {
            const reason = scenario.refuses(image);
            if (reason !== undefined) {
              const way = wayOf({ firmware: one, scenario, around });
              skipped.push(`${image.name}, ${image.format}, ${way}: ${reason}`);
              continue;
            }
            const { job, report } = testJob({
              image,
              firmware: one,
              scenario,
              accelerator,
              around,
              collections: collectionsOf(image, args),
              memory,
              cpus,
              passphrases,
              logs,
              scratch: workdir,
              workdir: args.workdir,
              signal,
              defer,
            });
            jobs.push(job);
            reports.push(report);
          }
        }
      }
    }
    const mode: ProgressMode =
      args.quiet === true ? 'quiet' : args.plain === true ? 'plain' : 'auto';
    return runJobs(jobs, { mode, signal, concurrency: args.jobs ?? 1 });
  });

  for (const { job, title, error } of outcome.failures) {
    if (!(error instanceof TestsFailed))
      process.stderr.write(`\n${job}: ${title}: ${formatError(error)}\n`);
  }
  if (reports.length > 0 && (args.quiet !== true || reports.some(hasFailed))) {
    // For programs there is the report, and nothing else.
    const forPeople = [args.json, args.junit].includes('-') ? process.stderr : process.stdout;
    forPeople.write(`\n${table(reportRows(reports)).join('\n')}\n`);
    const details = reportDetails(reports);
    if (details.length > 0) forPeople.write(`${details.join('\n')}\n`);
  }
  if (skipped.length > 0) say(`\nnot done:\n${skipped.map((line) => `  ${line}`).join('\n')}`);
  if (args.json !== undefined) await writeReport(args.json, reportJson(reports));
  if (args.junit !== undefined) await writeReport(args.junit, reportJunit(reports));
  if (reports.length === 0) throw new UserError('nothing was tested');
  return Math.max(0, ...outcome.failures.map(({ error }) => exitCodeOf(error)));
}

/** The plain boot always comes first. */
function scenariosOf(given: readonly string[] = []): Scenario[] {
  const names = given.flatMap((text) => text.split(','));
  if (names.includes('all')) return [PLAIN, ...SCENARIOS];
  const chosen = names.map((name) => {
    const found = [PLAIN, ...SCENARIOS].find((scenario) => scenario.name === name);
    if (found !== undefined) return found;
    const known = [PLAIN, ...SCENARIOS].map((scenario) => scenario.name);
    throw new UserError(`there is no scenario "${name}"`, {
      hint: suggestion(name, known, 'scenarios'),
    });
  });
  return chosen.length > 0 ? [...new Set(chosen)] : [PLAIN];
}

/** `-` is stdout. @throws UserError */
async function writeReport(file: string, text: string): Promise<void> {
  if (file === '-') {
    process.stdout.write(text);
    return;
  }
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new UserError(`the report can not be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
