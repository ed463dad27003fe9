import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { PLAIN, SCENARIOS } from '../../build-scripts/boot/scenarios.ts';
import { CASES, caseName } from '../boot/cases.ts';
import { project } from '../support/needs.ts';

const profilesIn = (folder: string): string[] =>
  readdirSync(path.join(project, folder))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => path.basename(name, '.yml'));

/** As cases name them. */
function buildableProfiles(): string[] {
  return [
    ...profilesIn('profiles'),
    ...profilesIn('profiles/examples').map((name) => `examples/${name}`),
    ...profilesIn('test/fixtures/all-options/profiles')
      // It says why.
      .filter((name) => name !== 'planned')
      .map((name) => `all-options/${name}`),
  ];
}

test('every profile, shipped or with all options, is built and started', () => {
  const profiles = buildableProfiles();
  expect(profiles.length).toBeGreaterThan(20);
  expect([...new Set(CASES.map(({ profile }) => profile))].sort()).toEqual(profiles.sort());
});

test('every profile has a plain boot', () => {
  const plain = CASES.filter(({ scenario }) => scenario === undefined);
  expect(
    buildableProfiles().filter((name) => !plain.some(({ profile }) => profile === name)),
  ).toEqual([]);
});

test('scenarios are known, and each is run', () => {
  const known = [PLAIN, ...SCENARIOS].map(({ name }) => name);
  const run = CASES.map(({ scenario }) => scenario ?? PLAIN.name);
  expect([...new Set(run)].sort()).toEqual(known.sort());
});

// Images and their folders are called after them.
test('no two profiles have the same name', () => {
  const names = buildableProfiles().map((profile) => path.basename(profile));
  expect(new Set(names).size).toBe(names.length);
});

test('no case is there twice', () => {
  const names = CASES.map(caseName);
  expect(new Set(names).size).toBe(names.length);
});
