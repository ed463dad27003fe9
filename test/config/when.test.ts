import { describe, expect, test } from '@jest/globals';
import { problemsOf } from '../../build-scripts/config/validate.ts';
import { holds, whenParts, whenSchema, type When } from '../../build-scripts/config/when.ts';

const values: Readonly<Record<string, unknown>> = {
  suite: 'bookworm',
  arch: 'amd64',
  'a.true': true,
  'a.false': false,
  'a.zero': 0,
  'a.text': 'x',
  'a.empty-text': '',
  'a.list': ['one', 'two'],
  'a.empty-list': [],
  'a.map': { k: 1 },
  'a.empty-map': {},
  'a.null': null,
};
const lookup = (name: string): unknown => values[name];

describe('a condition', () => {
  test.each<[When | undefined, boolean]>([
    [undefined, true],
    ['a.true', true],
    ['a.false', false],
    ['a.zero', true],
    ['a.text', true],
    ['a.empty-text', false],
    ['a.list', true],
    ['a.empty-list', false],
    ['a.map', true],
    ['a.empty-map', false],
    ['a.null', false],
    ['a.unset', false],
    ['!a.true', false],
    ['!a.unset', true],
    ['!a.empty-list', true],
    [{ suite: 'bookworm' }, true],
    [{ suite: 'trixie' }, false],
    [{ suite: ['bullseye', 'bookworm'] }, true],
    [{ suite: [] }, false],
    [{ suite: 'bookworm', arch: 'arm64' }, false],
    [{ suite: 'bookworm', arch: ['arm64', 'amd64'] }, true],
    [{ 'a.true': true }, true],
    [{ 'a.false': false }, true],
    [{ 'a.zero': '0' }, false],
    [{ 'a.list': 'two' }, true],
    [{ 'a.list': 'three' }, false],
    [['a.true', { suite: 'bookworm' }], true],
    [['a.true', '!a.text'], false],
    [[], true],
  ])('%j: %s', (when, expected) => {
    expect(holds(when, lookup)).toBe(expected);
  });
});

test.each<[unknown, boolean]>([
  ['ssh.port', true],
  ['!ssh.port', true],
  [{ suite: ['a', 'b'] }, true],
  [['suite', { arch: 'x' }], true],
  ['ssh.port == 22', false],
  ['!!ssh.port', false],
  ['', false],
  [5, false],
  [{ suite: { not: 'a' } }, false],
])('%j is a condition: %s', (when, expected) => {
  expect(problemsOf(whenSchema, when).length === 0).toBe(expected);
});

test('the parts of a condition', () => {
  expect(whenParts(['!a.b', { suite: 'x', c: ['y', 1] }])).toEqual([
    { name: 'a.b', values: [] },
    { name: 'suite', values: ['x'] },
    { name: 'c', values: ['y', 1] },
  ]);
});
