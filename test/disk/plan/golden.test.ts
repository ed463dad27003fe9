import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  BUILT_IN_LAYOUTS,
  crypttab,
  formatPlan,
  fstab,
  mdadmConf,
  planDisk,
  planToJson,
} from '../../../build-scripts/disk/plan/index.ts';
import type { DiskPlan } from '../../../build-scripts/disk/disk-plan.ts';
import { expectedText, layoutInput } from './support/layout.ts';

/** What was measured in a small system, bytes. */
const contents = { '/': 812_345_678, '/boot': 60_000_000, '/var/log': 1_200_000, '/home': 4096 };

const golden = path.join(import.meta.dirname, 'golden');
const names = readdirSync(path.join(import.meta.dirname, 'layouts'))
  .map((file) => path.parse(file).name)
  .sort();

/** What people get to read of a plan. */
const asText = (plan: DiskPlan): string =>
  [formatPlan(plan), fstab(plan), crypttab(plan), mdadmConf(plan)]
    .filter((text) => text !== undefined)
    .join('\n');

describe('golden plans', () => {
  test.each(names)('%s as data', (name) => {
    const json = planToJson(planDisk(layoutInput(name, contents)));
    expect(json).toBe(expectedText(path.join(golden, `${name}.json`), json));
  });

  test.each(names)('%s as text', (name) => {
    const text = asText(planDisk(layoutInput(name, contents)));
    expect(text).toBe(expectedText(path.join(golden, `${name}.txt`), text));
  });

  test.each(['uefi', 'bios'] as const)('built-in layout for %s', (name) => {
    const disk = BUILT_IN_LAYOUTS[name];
    const text = asText(planDisk({ disk, folder: '/', contents, seed: 'a seed' }));
    expect(text).toBe(expectedText(path.join(golden, `built-in-${name}.txt`), text));
  });
});
