import { describe, expect, test } from '@jest/globals';
import { catalogOf } from '../../build-scripts/cli/import-catalog.ts';
import { SETTING_NAMES } from '../../build-scripts/config/settings.ts';
import { referenceCollections } from '../../build-scripts/import-reference/records/collections.ts';
import { referenceFeatures } from '../../build-scripts/import-reference/records/features.ts';
import {
  JOINED_OPTIONS,
  referenceOptions,
} from '../../build-scripts/import-reference/reference-options.ts';

const catalog = catalogOf({});
const PROFILE_KEYS: readonly string[] = ['collections', 'packages', 'outputs', ...SETTING_NAMES];
const exists = (name: string): boolean =>
  PROFILE_KEYS.includes(name) || catalog.hasCollection(name) || catalog.owner(name) !== undefined;
const names = referenceOptions.map(({ name }) => name);

describe('the records of the reference', () => {
  test('name only what there is', () => {
    const wrong = [...referenceOptions, ...referenceCollections].flatMap(({ name, ours }) =>
      ours.filter((one) => !exists(one)).map((one) => `${one}, of ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('are one for each option', () => {
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    expect(names.length).toBeGreaterThanOrEqual(156);
  });

  test('say why an option is gone', () => {
    const silent = referenceOptions.filter(
      ({ ours, note }) => ours.length === 0 && note === undefined,
    );
    expect(silent).toEqual([]);
  });

  test('name one another right', () => {
    const mentioned = [
      ...referenceOptions.flatMap(({ needs }) => needs ?? []),
      ...JOINED_OPTIONS,
      ...referenceCollections.flatMap(({ sets }) => Object.keys(sets ?? {})),
      ...referenceOptions.flatMap(({ note }) => note?.match(/\b(OFEAT|OCONF|DBUILD)_\w+/g) ?? []),
    ];
    expect(mentioned.filter((name) => !names.includes(name))).toEqual([]);
    const collections = referenceCollections.map(({ name }) => name);
    const required = referenceCollections.flatMap(({ requires }) => requires ?? []);
    expect(required.filter((name) => !collections.includes(name))).toEqual([]);
  });

  test('tell of features once', () => {
    const shown = referenceFeatures.map(({ area, name }) => `${area}: ${name}`);
    expect(new Set(shown).size).toBe(shown.length);
  });
});
