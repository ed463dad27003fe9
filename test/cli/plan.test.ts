import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { planOf } from '../../build-scripts/cli/plan-data.ts';
import { formatPlan } from '../../build-scripts/cli/plan.ts';
import { resolveProfile } from '../../build-scripts/config/resolve-profile.ts';
import { searchPaths } from '../../build-scripts/config/search-paths.ts';
import { expectFile } from '../support/expected-file.ts';

const projectDir = path.resolve(import.meta.dirname, '../fixtures/plan');
const planFrom = (workingDir: string, set: readonly string[] = []) =>
  planOf(
    resolveProfile({
      profile: 'profiles/web',
      paths: searchPaths({ projectDir, workingDir }),
      set,
      knownOutputs: ['lxc'],
      hostArch: 'arm64',
    }),
  );

describe('the plan of test/fixtures/plan', () => {
  const plan = planFrom(projectDir, ['web.sites=[a.example.net]', 'base.hostname=web1']);

  test('as data', () => {
    expectFile(path.join(projectDir, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  });

  test('as text', () => {
    expectFile(path.join(projectDir, 'plan.txt'), formatPlan(plan));
  });

  test('holds neither secrets nor paths of this machine', () => {
    const text = JSON.stringify(plan);
    expect(text).toContain('(secret)');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('www.password');
    expect(text).not.toContain(projectDir);
  });

  test('is the same wherever the program is started', () => {
    expect(planFrom('/')).toEqual(planFrom(projectDir));
    expect(planFrom(path.join(projectDir, 'profiles'))).toEqual(planFrom(projectDir));
  });
});
