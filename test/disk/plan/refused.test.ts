import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { PlanInput } from '../../../build-scripts/disk/plan/index.ts';
import { expectedText, refusalOf } from './support/layout.ts';

const folder = path.resolve(import.meta.dirname, '../../fixtures/refused-disks');

/**
 * Each folder in test/fixtures/refused-disks/ has a disk.yml with mistakes (and contents.json, when
 * it matters what it is to hold); expected.txt is all that is said about it.
 * `UPDATE_EXPECTED=1 npm test -- disk/plan/refused` writes these files.
 */
test.each(readdirSync(folder).sort())('%s is refused in the expected words', (name) => {
  const read = (file: string): string => readFileSync(path.join(folder, name, file), 'utf8');
  const contents = existsSync(path.join(folder, name, 'contents.json'))
    ? (JSON.parse(read('contents.json')) as PlanInput['contents'])
    : {};
  const refusal = refusalOf(read('disk.yml'), contents);
  expect(refusal).not.toBe('accepted\n');
  expect(refusal).toBe(expectedText(path.join(folder, name, 'expected.txt'), refusal));
});
