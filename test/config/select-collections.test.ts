import { describe, expect, test } from '@jest/globals';
import type { SearchPaths } from '../../build-scripts/config/search-paths.ts';
import { makeProject, mistakesOf, resolveIn } from '../support/project.ts';

/** A project with these collections: name → lines of collection.yml besides the summary. */
function project(collections: Record<string, string>, wanted: string): SearchPaths {
  return makeProject({
    ...Object.fromEntries(
      Object.entries(collections).map(([name, text]) => [
        `collections/${name}/collection.yml`,
        `summary: ${name}\n${text}`,
      ]),
    ),
    'profiles/p.yml': `suite: bookworm\narch: amd64\ncollections: [${wanted}]\n`,
  });
}

/** `name` or `name<who pulled it in`, in build order. */
const namesIn = (paths: SearchPaths): string[] =>
  resolveIn(paths).collections.map(({ collection, pulledInBy }) =>
    pulledInBy === undefined ? collection.name : `${collection.name}<${pulledInBy}`,
  );

const networks = {
  'network/networkd': 'provides: [network]',
  'network/ifupdown': 'provides: [network]\nconflicts: [network]',
};

describe('selection and order', () => {
  test.each<[string, Record<string, string>, string, string[]]>([
    ['the order given', { b: '', a: '' }, 'b, a', ['b', 'a']],
    ['each one once', { a: '' }, 'a, a', ['a']],
    ['requires comes before', { a: 'requires: [b]', b: '' }, 'a', ['b<a', 'a']],
    ['requires changes the order given', { a: 'requires: [b]', b: '' }, 'a, b', ['b<a', 'a']],
    [
      'requires of requires',
      { a: 'requires: [b]', b: 'requires: [c]', c: '' },
      'a',
      ['c<b', 'b<a', 'a'],
    ],
    ['wants pulls in, in no order', { a: 'wants: [b]', b: '' }, 'a', ['a', 'b<a']],
    ['wants of each other', { a: 'wants: [b]', b: 'wants: [a]' }, 'a', ['a', 'b<a']],
    ['after orders', { a: 'after: [b]', b: '' }, 'a, b', ['b', 'a']],
    ['after pulls nothing in', { a: 'after: [b, nowhere]', b: '' }, 'a', ['a']],
    ['after a provided name', { a: 'after: [x]', b: 'provides: [x]' }, 'a, b', ['b', 'a']],
    ['after everything', { a: 'after: ["*"]', b: '', c: '' }, 'a, b, c', ['b', 'c', 'a']],
    [
      'two that are after everything',
      { a: 'after: ["*"]', b: 'after: ["*"]', c: '' },
      'a, b, c',
      ['c', 'a', 'b'],
    ],
    [
      'what requires one that is after everything comes after it',
      { a: 'after: ["*"]', b: 'requires: [a]', c: '' },
      'b, c',
      ['c', 'a<b', 'b'],
    ],
    [
      'what is after one that is after everything, too',
      { a: 'after: ["*"]', b: 'after: [a]', c: '' },
      'b, a, c',
      ['c', 'a', 'b'],
    ],
    [
      'also through a provided name',
      { a: 'after: ["*"]\nprovides: [x]', b: 'requires: [x]', c: '' },
      'a, b, c',
      ['c', 'a', 'b'],
    ],
    [
      'a provided name with a single provider',
      { a: 'requires: [x]', b: 'provides: [x]' },
      'a',
      ['b<a', 'a'],
    ],
    [
      'of several providers the one that is used',
      { ...networks, a: 'requires: [network]' },
      'a, network/ifupdown',
      ['network/ifupdown', 'a'],
    ],
    [
      'a provider that comes in for another name',
      { a: 'requires: [x, y]', b: 'provides: [x]', c: 'provides: [x, y]' },
      'a',
      ['c<a', 'a'],
    ],
    [
      'a virtual collection',
      { all: 'virtual: true\nrequires: [a, b]', a: '', b: '' },
      'all',
      ['a<all', 'b<all', 'all'],
    ],
    ['nested names', { 'a/b/c': 'requires: [a]', a: '' }, 'a/b/c', ['a<a/b/c', 'a/b/c']],
    ['what conflicts with its own name only', { a: 'provides: [x]\nconflicts: [x]' }, 'a', ['a']],
  ])('%s', (_, collections, wanted, expected) => {
    expect(namesIn(project(collections, wanted))).toEqual(expected);
  });

  test('site defaults and extended profiles ask first', () => {
    const paths = makeProject({
      ...Object.fromEntries(
        ['a', 'b', 'c'].map((name) => [`collections/${name}/collection.yml`, `summary: ${name}\n`]),
      ),
      'profiles/local/defaults.yml': 'collections: [c]\n',
      'profiles/base.yml': 'suite: bookworm\narch: amd64\ncollections: [b]\n',
      'profiles/p.yml': 'extends: base\ncollections: [a]\n',
    });
    expect(namesIn(paths)).toEqual(['c', 'b', 'a']);
  });
});

describe('mistakes', () => {
  test('a cycle is printed as a path, once, with each of its steps', () => {
    const text = mistakesOf(() =>
      resolveIn(project({ a: 'requires: [b]', b: 'after: [c]', c: 'requires: [a]' }, 'a, b, c')),
    );
    expect(text).toContain('a → b → c → a');
    expect(text).toContain('a requires b, collections/a/collection.yml:2');
    expect(text).toContain('b is after c, collections/b/collection.yml:2');
    expect(text).toContain('c requires a, collections/c/collection.yml:2');
    expect(text).toContain('1 mistake;');
  });

  test('after a collection that is not used makes no cycle', () => {
    const paths = project({ a: 'requires: [b]', b: 'after: [c]', c: 'requires: [a]' }, 'a');
    expect(namesIn(paths)).toEqual(['b<a', 'a']);
  });

  test('a missing collection hides nothing and makes nothing up', () => {
    const text = mistakesOf(() => resolveIn(project({ a: 'requires: [x, y]', b: '' }, 'a, z')));
    expect(text.match(/there is no collection "."/g)).toEqual([
      'there is no collection "x"',
      'there is no collection "y"',
      'there is no collection "z"',
    ]);
    expect(text).toContain('3 mistakes;');
  });

  test('mistakes in collections that are not used are not this profile’s business', () => {
    expect(namesIn(project({ a: '', b: 'unknown: 1' }, 'a'))).toEqual(['a']);
  });
});
