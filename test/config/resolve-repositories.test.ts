import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { formatOrigin } from '../../build-scripts/config/layers.ts';
import type { Repository } from '../../build-scripts/config/settings.ts';
import type { SearchPaths } from '../../build-scripts/config/search-paths.ts';
import { makeProject, mistakesOf, resolveIn } from '../support/project.ts';

const COLLECTION = {
  'collections/a/collection.yml': `summary: a
options:
  a.mirror: {type: string, format: url, default: "https://a.example.org/debian", description: x}
  a.key: {type: string, format: host-file, description: x}
`,
  'collections/a/repositories.yml.liquid': `{% if suite != "bullseye" -%}
- name: a
  uri: {{ a.mirror | json }}
  suite: {{ suite }}
  components: [main, extra]
  key: {{ a.key | default: "keys/a.asc" | json }} # a.key
{% endif -%}
`,
  'collections/a/keys/a.asc': 'key\n',
};
const PROFILE = 'suite: bookworm\narch: amd64\ncollections: [a]\n';
const OWN = (name: string): string =>
  `repositories: [{name: ${name}, uri: "https://own.example.org", suite: stable, key: own.asc}]\n`;

const repositoriesIn = (
  paths: SearchPaths,
  set: readonly string[] = [],
  profile?: string,
): readonly Repository[] => resolveIn(paths, set, profile).settings.repositories.value;

describe('the repositories of a collection', () => {
  test('are rendered with options and suite; the key lies in the collection', () => {
    const paths = makeProject({ ...COLLECTION, 'profiles/p.yml': PROFILE });
    expect(repositoriesIn(paths, ['a.mirror=http://mirror.example.org/a', 'suite=trixie'])).toEqual(
      [
        {
          name: 'a',
          uri: 'http://mirror.example.org/a',
          suite: 'trixie',
          components: ['main', 'extra'],
          key: path.join(paths.projectDir, 'collections/a/keys/a.asc'),
        },
      ],
    );
    const { origins } = resolveIn(paths).settings.repositories;
    expect(origins.map(formatOrigin)).toEqual(['collection of a']);
  });

  test('can be none, by a condition', () => {
    const paths = makeProject({ ...COLLECTION, 'profiles/p.yml': PROFILE });
    expect(repositoriesIn(paths, ['suite=bullseye'])).toEqual([]);
  });

  test('are no matter while nobody uses the collection', () => {
    expect(repositoriesIn(makeProject(COLLECTION))).toEqual([]);
  });

  test('come before those of the profile', () => {
    const paths = makeProject({
      ...COLLECTION,
      'profiles/p.yml': `${PROFILE}${OWN('own')}`,
      'profiles/own.asc': 'key\n',
    });
    const { value, origins } = resolveIn(paths).settings.repositories;
    expect(value.map(({ name }) => name)).toEqual(['a', 'own']);
    expect(origins.map(formatOrigin)).toEqual(['collection of a', 'profiles/p.yml:4 (profile)']);
  });

  test('give way to one of the profile with the same name, and need no key then', () => {
    const paths = makeProject({
      ...COLLECTION,
      'profiles/p.yml': `${PROFILE}${OWN('a')}options: {a.key: missing.asc}\n`,
      'profiles/own.asc': 'key\n',
    });
    const { value, origins } = resolveIn(paths).settings.repositories;
    expect(value.map(({ uri }) => uri)).toEqual(['https://own.example.org']);
    expect(origins.map(formatOrigin)).toEqual(['profiles/p.yml:4 (profile)']);
  });
});

describe('an option that names the key', () => {
  const paths = makeProject({
    ...COLLECTION,
    'profiles/shared/base.yml': `${PROFILE}options: {a.key: keys/own.asc}\n`,
    'profiles/shared/keys/own.asc': 'key\n',
    'profiles/p.yml': 'extends: ./shared/base\n',
    'typed.asc': 'key\n',
  });
  const keysIn = (set: readonly string[]): string[] =>
    repositoriesIn(paths, set).map(({ key }) => path.relative(paths.projectDir, key));

  test('counts from the file that says so', () => {
    expect(keysIn([])).toEqual(['profiles/shared/keys/own.asc']);
  });

  test('counts from the current folder on the command line; absolute paths stay', () => {
    expect(keysIn(['a.key=typed.asc'])).toEqual(['typed.asc']);
    expect(keysIn([`a.key=${path.join(paths.projectDir, 'typed.asc')}`])).toEqual(['typed.asc']);
  });
});

test('with a wrong option nothing is rendered: one mistake, not two', () => {
  const paths = makeProject({ ...COLLECTION, 'profiles/p.yml': PROFILE });
  const mistakes = mistakesOf(() => resolveIn(paths, ['a.mirror=nonsense']));
  expect(mistakes).toContain('"nonsense" is not a URL');
  expect(mistakes).toContain('1 mistake;');
});
