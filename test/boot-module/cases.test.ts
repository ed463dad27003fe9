import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { PLAIN, SCENARIOS } from '../../build-scripts/boot/scenarios.ts';
import { CASES, caseName } from '../boot/cases.ts';
import { project } from '../support/needs.ts';

/** As cases name them. */
function shippedProfiles(): string[] {
  return ['', 'examples/'].flatMap((folder) =>
    readdirSync(path.join(project, 'profiles', folder))
      .filter((name) => name.endsWith('.yml'))
      .map((name) => `${folder}${path.basename(name, '.yml')}`),
  );
}

test('every shipped profile is built and started', () => {
  const shipped = shippedProfiles();
  expect(shipped.length).toBeGreaterThan(20);
  expect([...new Set(CASES.map(({ profile }) => profile))].sort()).toEqual(shipped.sort());
});

test('every shipped profile has a plain boot', () => {
  const plain = CASES.filter(({ scenario }) => scenario === undefined);
  expect(
    shippedProfiles().filter((name) => !plain.some(({ profile }) => profile === name)),
  ).toEqual([]);
});

test('scenarios are known, and each is run', () => {
  const known = [PLAIN, ...SCENARIOS].map(({ name }) => name);
  const run = CASES.map(({ scenario }) => scenario ?? PLAIN.name);
  expect([...new Set(run)].sort()).toEqual(known.sort());
});

test('no case is there twice', () => {
  const names = CASES.map(caseName);
  expect(new Set(names).size).toBe(names.length);
});
