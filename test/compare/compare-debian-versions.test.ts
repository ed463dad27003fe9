import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { compareDebianVersions } from '../../build-scripts/compare/compare-debian-versions.ts';
import { needsPrograms } from '../support/needs.ts';
import { testUnless } from '../support/test-unless.ts';

const PAIRS = [
  ['1.0', '1.0', 0],
  ['1.2', '1.10', -1],
  ['1.0~rc1', '1.0', -1],
  ['1.0~~', '1.0~', -1],
  ['1.0', '1.0+b1', -1],
  ['1.0-1', '1.0-1+deb12u1', -1],
  ['1.0-1', '1.0-1~deb12u1', 1],
  ['9.9', '1:0.1', -1],
  ['2:9.0.1378-2', '2:9.0.1378-2+deb12u2', -1],
  ['1.0-1-1', '1.0-1-2', -1],
  ['1.0', '1.0-0', 0],
  ['1.00', '1.0', 0],
  ['1.0a', '1.0+', -1],
  ['20250419~deb12u2', '20250419', -1],
  ['6.1.0-9', '6.1.0-10', -1],
  ['1.99999999999999999999', '1.100000000000000000000', -1],
] as const;

test.each(PAIRS)('%s and %s', (a, b, expected) => {
  expect(Math.sign(compareDebianVersions(a, b))).toBe(expected);
  expect(Math.sign(compareDebianVersions(b, a))).toBe(expected === 0 ? 0 : -expected);
});

testUnless(needsPrograms('dpkg'), 'dpkg has the same order', () => {
  const versions = PAIRS.flatMap(([a, b]) => [a, b]).slice(2, 14);
  const isLess = (a: string, b: string): boolean =>
    spawnSync('dpkg', ['--compare-versions', a, 'lt', b]).status === 0;
  const mistakes = versions.flatMap((a) =>
    versions
      .filter((b) => isLess(a, b) !== compareDebianVersions(a, b) < 0)
      .map((b) => `${a} ${b}`),
  );
  expect(mistakes).toEqual([]);
});
