import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { diskMistakes } from '../../build-scripts/cli/check-profile.ts';
import { environmentName } from '../../build-scripts/config/option-environment.ts';
import {
  fixture,
  invalidValues,
  notSet,
  profileNames,
  resolveFixture,
  resolveWith,
  shippedOptions,
  valuesOf,
} from '../support/all-options.ts';
import { expectFile } from '../support/expected-file.ts';
import { mistakesOf, temporaryFolder } from '../support/project.ts';

/** Options that no test of a collection can look at by their variable, and what is looked at instead. */
const NOT_IN_TESTS: Readonly<Record<string, string>> = {
  'hardware.luks-passphrase': 'a place on the build host; without the passphrase nothing boots',
  'nginx.tls-key': 'a secret; roles/nginx/tests/30-certificate compares it with the certificate',
  'proxmox-pve.key': 'a file of the build host; proxmox-pve/tests/30-repository looks for its copy',
};

const options = shippedOptions();

describe('valid values', () => {
  test.each(profileNames())('the profile %s has no mistakes', (name) => {
    expect(diskMistakes(resolveFixture(name))).toEqual([]);
  });

  // What fails here is new: give it a value in one of test/fixtures/all-options/profiles.
  test('every option has another value than its default in one of the profiles', () => {
    const given = profileNames().map(valuesOf);
    const missing = options.flatMap(({ name, declaration }) =>
      notSet(
        name,
        declaration,
        given.filter((values) => Object.hasOwn(values, name)).map((values) => values[name]),
      ),
    );
    expect(missing).toEqual([]);
    expect(options.length).toBeGreaterThan(150);
  });
});

// What fails here has no test of its effect: write one in tests/ of its collection.
test('the tests of the collections look at every option', () => {
  const files = [...new Set(options.map(({ collection }) => collection))].flatMap(
    ({ tests }) => tests,
  );
  const texts = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  const unseen = options
    .map(({ name }) => name)
    // With what follows in lists, maps and objects: OPT_X_COUNT, OPT_X_0, OPT_X_${i}.
    .filter(
      (name) => !new RegExp(`${environmentName(name)}(_COUNT|_[0-9$]|(?![A-Z0-9_]))`).test(texts),
    );
  expect(unseen.sort()).toEqual(Object.keys(NOT_IN_TESTS));
});

describe('invalid values', () => {
  const invalid = invalidValues();

  // What fails here is new, or gone: test/fixtures/all-options/invalid.yml.
  test('there is one for every option', () => {
    expect(Object.keys(invalid).sort()).toEqual(options.map(({ name }) => name).sort());
  });

  const collections = [...new Set(options.map(({ collection }) => collection.name))];
  const folder = temporaryFolder();

  /** What somebody gets to read who writes all of them into one profile. */
  function refusalOf(collection: string): string {
    const names = options
      .filter((own) => own.collection.name === collection)
      .map(({ name }) => name);
    const values = Object.fromEntries(names.map((name) => [name, invalid[name]]));
    const text = mistakesOf(() => resolveWith(folder, collection, values));
    const accepted = names.filter((name) => !text.includes(`error: option "${name}"`));
    expect(accepted).toEqual([]);
    return `${text}\n`;
  }

  test('they are refused in the expected words', () => {
    expectFile(path.join(fixture, 'expected.txt'), collections.map(refusalOf).join('\n'));
  });
});
