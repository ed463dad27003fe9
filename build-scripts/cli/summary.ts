import path from 'node:path';
import type { BuildResult } from '../build-request.ts';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import { formatBytes, formatSeconds } from '../host/format.ts';
import type { StepTiming } from '../host/progress.ts';
import { imageOfProfile } from '../make-outputs.ts';
import { howToUse } from './how-to.ts';
import { table } from './text.ts';

/** What was built, how large, how long each step took, and what to do with it. */
export function summary(
  profile: ResolvedProfile,
  result: BuildResult,
  timings: readonly StepTiming[],
): string {
  const show = (file: string): string => {
    const relative = path.relative(process.cwd(), file);
    return relative.startsWith('..') ? file : relative;
  };
  const folder = show(path.dirname(result.published[0]?.path ?? ''));
  const files = result.published.map(({ path: file, artifact }) => [
    path.basename(file),
    formatBytes(artifact.bytes),
  ]);
  const own = timings.filter(({ job }) => job === profile.name);
  const total = own.reduce((sum, { seconds }) => sum + seconds, 0);
  const howTo = howToUse(result.outputs, imageOfProfile(profile), result.published);
  const { packages, rootBytes, unchangedSince } = result;
  if (unchangedSince !== undefined) {
    const when = new Date(unchangedSince * 1000).toISOString().slice(0, 16).replace('T', ' ');
    return [
      '',
      `${profile.name}: nothing has changed since the build of ${when} UTC`,
      '',
      `  ${folder}/`,
      ...table(files).map((line) => `    ${line}`),
      '',
      ...howTo,
    ].join('\n');
  }
  return [
    '',
    `${profile.name}: ${packages} packages, ${formatBytes(rootBytes)} unpacked, in ${formatSeconds(total)}`,
    ...table(own.map(({ title, seconds }) => [formatSeconds(seconds).padStart(10), title])),
    '',
    `  ${folder}/`,
    ...table(files).map((line) => `    ${line}`),
    '',
    ...(result.checks.length === 0
      ? []
      : ['  verified:', ...result.checks.map((check) => `    ${check}`), '']),
    ...howTo,
  ].join('\n');
}
