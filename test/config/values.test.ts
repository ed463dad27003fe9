import { describe, expect, test } from '@jest/globals';
import { declarationProblems } from '../../build-scripts/config/check-declaration.ts';
import { fillDefaults } from '../../build-scripts/config/fill-defaults.ts';
import { joinValues } from '../../build-scripts/config/join-values.ts';
import {
  typeLabel,
  valueSchema,
  type OptionDeclaration,
} from '../../build-scripts/config/option-declaration.ts';
import { holdsSecret, mapSecrets, redact } from '../../build-scripts/config/secrets.ts';
import { problemsOf } from '../../build-scripts/config/validate.ts';

const users: OptionDeclaration = {
  type: 'map',
  keys: { type: 'string', format: 'username' },
  values: {
    type: 'object',
    properties: {
      uid: { type: 'integer', format: 'uid', required: true },
      shell: { type: 'string', default: '/bin/sh' },
      passwords: { type: 'list', items: { type: 'string', secret: true } },
      tokens: { type: 'map', values: { type: 'string', secret: true } },
    },
  },
};

describe('a declaration becomes a schema of values', () => {
  test.each<[string, OptionDeclaration, unknown, string[]]>([
    ['text', { type: 'string' }, 'x', []],
    ['text, a number', { type: 'string' }, 1, ['expected text, got the number 1']],
    ['integer', { type: 'integer' }, 1, []],
    [
      'integer, a fraction',
      { type: 'integer' },
      1.5,
      ['expected a whole number, got the number 1.5'],
    ],
    [
      'integer, too small',
      { type: 'integer', minimum: 5 },
      4,
      ['the number 4 is too small, at least 5 is needed'],
    ],
    [
      'integer, too large',
      { type: 'integer', maximum: 5 },
      6,
      ['the number 6 is too large, at most 5 is allowed'],
    ],
    ['boolean', { type: 'boolean' }, false, []],
    ['boolean, text', { type: 'boolean' }, 'no', ['expected true or false, got "no"']],
    ['enum', { type: 'string', enum: ['a', 'b'] }, 'a', []],
    ['enum, another', { type: 'string', enum: ['a', 'b'] }, 'c', ['"c" is not one of: a, b']],
    ['enum of numbers', { type: 'integer', enum: [1, 2] }, 2, []],
    [
      'enum of numbers, another',
      { type: 'integer', enum: [1, 2] },
      3,
      ['the number 3 is not one of: 1, 2'],
    ],
    ['pattern, the whole text', { type: 'string', pattern: 'a|b' }, 'b', []],
    [
      'pattern, a part of the text',
      { type: 'string', pattern: 'a|b' },
      'ab',
      ['"ab" does not match the pattern a|b'],
    ],
    ['list of texts', { type: 'list' }, ['a'], []],
    ['list with a number', { type: 'list' }, ['a', 1], ['1: expected text, got the number 1']],
    ['map', users, { alice: { uid: 1 } }, []],
    ['map, a bad name', users, { Alice: { uid: 1 } }, ['Alice: "Alice" is not a user name']],
    ['object, a missing property', users, { alice: {} }, ['alice: missing key "uid"']],
    [
      'object, an unknown property',
      users,
      { alice: { uid: 1, sell: 'x' } },
      ['alice.sell: unknown key "sell"'],
    ],
    [
      'object, a misspelled property that must be there: one mistake',
      users,
      { alice: { udi: 1 } },
      ['alice.udi: unknown key "udi"'],
    ],
    ['secret as text', { type: 'string', secret: true }, 'x', []],
    ['secret in a file', { type: 'string', secret: true }, { file: 'x' }, []],
    ['secret in the environment', { type: 'string', secret: true }, { env: 'X' }, []],
    [
      'secret with two places',
      { type: 'string', secret: true },
      { file: 'x', env: 'X' },
      ['a secret that is kept elsewhere is {file: PATH} or {env: NAME}'],
    ],
    [
      'secret with an unknown place',
      { type: 'string', secret: true },
      { flie: 'x' },
      [
        'flie: unknown key "flie"',
        'a secret that is kept elsewhere is {file: PATH} or {env: NAME}',
      ],
    ],
  ])('%s', (_, declaration, value, expected) => {
    const problems = problemsOf(valueSchema(declaration), value);
    expect(
      problems.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')),
    ).toEqual(expected);
  });
});

test.each<[string, OptionDeclaration]>([
  ['hostname', { type: 'string', format: 'hostname' }],
  ['a | b', { type: 'string', enum: ['a', 'b'] }],
  ['list of integer', { type: 'list', items: { type: 'integer' } }],
  ['map of {uid, shell, passwords, tokens}', users],
])('a type is called %s', (expected, declaration) => {
  expect(typeLabel(declaration)).toBe(expected);
});

test('a sound declaration has no problems, at any depth', () => {
  expect(declarationProblems(users)).toEqual([]);
  expect(
    declarationProblems({
      type: 'list',
      items: { type: 'list', items: { type: 'string', minimum: 1 } },
    }),
  ).toEqual([
    {
      path: ['items', 'items', 'minimum'],
      part: 'key',
      message: '"minimum" means nothing for type string, only for integer',
    },
  ]);
});

test('defaults of properties are filled in at any depth', () => {
  expect(fillDefaults(users, { alice: { uid: 1 }, bob: { uid: 2, shell: 'x' } })).toEqual({
    alice: { uid: 1, shell: '/bin/sh' },
    bob: { uid: 2, shell: 'x' },
  });
  expect(fillDefaults({ type: 'list', items: users }, [{ a: { uid: 1 } }])).toEqual([
    { a: { uid: 1, shell: '/bin/sh' } },
  ]);
  expect(fillDefaults(users, undefined)).toBeUndefined();
});

test.each<[string, unknown, unknown, unknown]>([
  ['lists', ['a', 'b'], ['b', 'c'], ['a', 'b', 'c']],
  ['lists of objects', [{ n: 1 }], [{ n: 1 }, { n: 2 }], [{ n: 1 }, { n: 2 }]],
  ['maps', { a: 1, b: 1 }, { b: 2, c: 3 }, { a: 1, b: 2, c: 3 }],
  ['maps of lists', { a: [1] }, { a: [2], b: [3] }, { a: [1, 2], b: [3] }],
  ['different kinds', { a: 1 }, ['b'], ['b']],
  ['a false value', { a: true }, { a: false }, { a: false }],
])('%s are joined', (_, lower, upper, expected) => {
  expect(joinValues(lower, upper)).toEqual(expected);
});

test('entries that are told apart by a property become one', () => {
  const lower = [
    { name: 'a', uid: 1, groups: ['x', 'y'], password: { file: 'f' } },
    { name: 'b', uid: 2 },
  ];
  const upper = [{ name: 'c' }, { name: 'a', uid: 3, groups: ['y', 'z'], password: { env: 'E' } }];
  expect(joinValues(lower, upper, 'name')).toEqual([
    { name: 'a', uid: 3, groups: ['x', 'y', 'z'], password: { env: 'E' } },
    { name: 'b', uid: 2 },
    { name: 'c' },
  ]);
});

describe('secrets', () => {
  const value = {
    alice: { uid: 1, passwords: ['hunter2', { file: '/x' }, ''], tokens: { git: 'abc' } },
  };

  test('are redacted at every depth; an empty one is none', () => {
    expect(redact(users, value)).toEqual({
      alice: { uid: 1, passwords: ['(secret)', '(secret)', ''], tokens: { git: '(secret)' } },
    });
    expect(JSON.stringify(value)).toContain('hunter2');
  });

  test('are found in declarations at every depth', () => {
    expect(holdsSecret(users)).toBe(true);
    expect(holdsSecret({ type: 'list', items: { type: 'string' } })).toBe(false);
  });

  test('reach the one who asks for them', () => {
    const seen: unknown[] = [];
    mapSecrets(users, value, (secret) => seen.push(secret));
    expect(seen).toEqual(['hunter2', { file: '/x' }, '', 'abc']);
  });
});
