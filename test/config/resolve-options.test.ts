import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { formatOrigin } from '../../build-scripts/config/layers.ts';
import type { ResolvedProfile } from '../../build-scripts/config/resolved-profile.ts';
import { makeProject, mistakesOf, resolveIn } from '../support/project.ts';

const base = `summary: Options of every kind
options:
  base.name: {type: string, default: built-in, description: a text}
  base.port: {type: integer, description: a number}
  base.list: {type: list, default: [d], merge: append, description: a list that grows}
  base.last: {type: list, default: [d], description: a list that is replaced}
  base.map:
    type: map
    merge: append
    default: {}
    values: {type: list}
    description: a map of lists
  base.flat: {type: map, merge: append, description: a map of texts}
  base.users:
    type: list
    merge: append
    description: objects
    items:
      type: object
      properties:
        name: {type: string, required: true}
        shell: {type: string, default: /bin/bash}
        password: {type: string, secret: true}
`;

/** All layers say something about each option. */
const files = {
  'collections/base/collection.yml': base,
  'collections/web/collection.yml': `summary: Gives values
requires: [base]
set:
  base.name: from-collection
  base.list: [c]
  base.last: [c]
  base.map: {alice: [c1], bob: [c2]}
  base.flat: {a: collection, b: collection}
`,
  'profiles/local/defaults.yml': `options:
  base.name: from-site
  base.list: [s, c]
  base.last: [s]
  base.map: {alice: [s1]}
  base.flat: {b: site}
`,
  'profiles/common/root.yml': `suite: bookworm
arch: amd64
collections: [web]
options:
  base.name: from-root
  base.list: [r]
  base.last: [r]
`,
  'profiles/common/middle.yml': `extends: common/root
options:
  base.name: from-middle
  base.list: [m]
`,
  'profiles/p.yml': `extends: common/middle
options:
  base.name: from-profile
  base.list: [p]
  base.map: {carol: [p1], alice: [p2, c1]}
`,
};

function option(profile: ResolvedProfile, name: string) {
  const found = profile.options.get(name);
  return { value: found?.value, origins: found?.origins.map(formatOrigin) };
}

describe('layers, the lowest first: default, collection, site, extends, profile, --set', () => {
  const paths = makeProject(files);
  const profile = resolveIn(paths);

  test('a single value: the last layer decides', () => {
    expect(option(profile, 'base.name')).toEqual({
      value: 'from-profile',
      origins: ['profiles/p.yml:3 (profile)'],
    });
    expect(option(resolveIn(paths, ['base.name=typed']), 'base.name')).toEqual({
      value: 'typed',
      origins: ['command line (--set)'],
    });
  });

  test.each([
    ['profiles/p.yml', 'from-middle'],
    ['profiles/common/middle.yml', 'from-root'],
    ['profiles/common/root.yml', 'from-site'],
    ['profiles/local/defaults.yml', 'from-collection'],
    ['collections/web/collection.yml', 'built-in'],
  ])('without %s and all above it: %s', (last, expected) => {
    const order = Object.keys(files).filter((name) => name !== 'collections/base/collection.yml');
    const silent = order.slice(order.indexOf(last));
    const some = Object.entries(files).map(([name, text]): [string, string] => [
      name,
      silent.includes(name) ? text.replace(/^ {2}base\.name:.*\n/m, '') : text,
    ]);
    expect(option(resolveIn(makeProject(Object.fromEntries(some))), 'base.name').value).toBe(
      expected,
    );
  });

  test('merge: append joins lists without repetitions, with all who contributed', () => {
    expect(option(profile, 'base.list')).toEqual({
      value: ['d', 'c', 's', 'r', 'm', 'p'],
      origins: [
        'collections/base/collection.yml:5 (collection default)',
        'collections/web/collection.yml:5 (collection)',
        'profiles/local/defaults.yml:3 (site defaults)',
        'profiles/common/root.yml:6 (profile)',
        'profiles/common/middle.yml:4 (profile)',
        'profiles/p.yml:4 (profile)',
      ],
    });
  });

  test('without it the last list replaces the others', () => {
    expect(option(profile, 'base.last')).toEqual({
      value: ['r'],
      origins: ['profiles/common/root.yml:7 (profile)'],
    });
  });

  test('maps are joined by key, and lists within them', () => {
    expect(option(profile, 'base.map').value).toEqual({
      alice: ['c1', 's1', 'p2'],
      bob: ['c2'],
      carol: ['p1'],
    });
    expect(option(profile, 'base.flat').value).toEqual({ a: 'collection', b: 'site' });
  });

  test('an empty default contributed nothing', () => {
    expect(option(profile, 'base.map').origins?.[0]).toBe(
      'collections/web/collection.yml:7 (collection)',
    );
  });

  test('what nobody sets is unset', () => {
    expect(option(profile, 'base.port')).toEqual({
      value: undefined,
      origins: ['collections/base/collection.yml:4 (collection default)'],
    });
  });
});

describe('unsetting', () => {
  const unset = (text: string) =>
    resolveIn(
      makeProject({
        ...files,
        'profiles/p.yml': `extends: common/middle\noptions:\n  base.name: ${text}\n  base.list: ${text}\n  base.map: ${text}\n`,
      }),
    );
  test.each(['null', '~', ''])('with %j, a list becomes empty', (text) => {
    const profile = unset(text);
    expect(option(profile, 'base.name').value).toBeUndefined();
    expect(option(profile, 'base.map').value).toBeUndefined();
    expect(option(profile, 'base.list')).toEqual({
      value: [],
      origins: ['profiles/p.yml:4 (profile)'],
    });
  });

  test('a layer above appends to nothing then', () => {
    const profile = resolveIn(
      makeProject({ ...files, 'profiles/q.yml': 'extends: p\noptions: {base.list: [q]}\n' }),
      ['base.list=', 'base.list+=x'],
      'q',
    );
    expect(option(profile, 'base.list').value).toEqual(['x']);
  });
});

describe('--set', () => {
  const paths = makeProject(files);
  test.each<[string, string[], string, unknown]>([
    ['replaces a list, also one with merge: append', ['base.list=[x]'], 'base.list', ['x']],
    ['+= joins', ['base.list+=[x, p]'], 'base.list', ['d', 'c', 's', 'r', 'm', 'p', 'x']],
    ['+= joins also without merge: append', ['base.last+=[x]'], 'base.last', ['r', 'x']],
    ['+= takes a single entry', ['base.last+=x'], 'base.last', ['r', 'x']],
    ['+= twice adds both', ['base.last+=x', 'base.last+=y'], 'base.last', ['r', 'x', 'y']],
    ['= after += starts anew', ['base.last+=x', 'base.last=[y]'], 'base.last', ['y']],
    ['+= after = adds to it', ['base.last=[y]', 'base.last+=x'], 'base.last', ['y', 'x']],
    [
      '+= adds to maps',
      ['base.flat+={z: 1z}'],
      'base.flat',
      { a: 'collection', b: 'site', z: '1z' },
    ],
    ['text that looks like a number', ['base.name=007'], 'base.name', '007'],
    ['text that looks like a truth value', ['base.name=true'], 'base.name', 'true'],
    ['text with a colon', ['base.name=a: b'], 'base.name', 'a: b'],
    ['text with "="', ['base.name=a=b'], 'base.name', 'a=b'],
    ['a number', ['base.port=22'], 'base.port', 22],
    ['nothing unsets', ['base.name='], 'base.name', undefined],
  ])('%s: %j', (_, set, name, expected) => {
    expect(option(resolveIn(paths, set), name).value).toEqual(expected);
  });
});

test('properties of objects have their defaults', () => {
  const paths = makeProject(files);
  expect(
    option(
      resolveIn(paths, ['base.users=[{name: alice}, {name: bob, shell: /bin/sh}]']),
      'base.users',
    ).value,
  ).toEqual([
    { name: 'alice', shell: '/bin/bash' },
    { name: 'bob', shell: '/bin/sh' },
  ]);
});

test('what several layers say about one entry is joined; a default replaces nothing', () => {
  const paths = makeProject({
    ...files,
    'collections/base/collection.yml': base.replace(
      'description: objects',
      'unique: name\n    description: objects',
    ),
    'profiles/local/defaults.yml':
      'options: {base.users: [{name: a, shell: /bin/zsh, password: {file: x}}]}\n',
    'profiles/p.yml':
      'extends: common/middle\noptions: {base.users: [{name: a, password: {file: y}}, {name: b}]}\n',
  });
  expect(option(resolveIn(paths), 'base.users').value).toEqual([
    { name: 'a', shell: '/bin/zsh', password: { file: path.join(paths.projectDir, 'profiles/y') } },
    { name: 'b', shell: '/bin/bash' },
  ]);
  expect(
    option(resolveIn(paths, ['base.users+={name: b, shell: /bin/sh}']), 'base.users').value,
  ).toContainEqual({ name: 'b', shell: '/bin/sh' });
});

test('files of secrets are relative to the file that names them', () => {
  const paths = makeProject({
    ...files,
    'profiles/local/defaults.yml': 'options: {base.users: [{name: a, password: {file: site}}]}\n',
    'profiles/p.yml':
      'extends: common/middle\noptions: {base.users: [{name: b, password: {file: ../p}}]}\n',
  });
  const profile = resolveIn({ ...paths, workingDir: '/tmp' }, [
    'base.users+={name: c, password: {file: typed}}',
  ]);
  const secretFiles = (option(profile, 'base.users').value as { password: { file: string } }[]).map(
    ({ password }) => password.file,
  );
  expect(secretFiles).toEqual([
    path.join(paths.projectDir, 'profiles/local/site'),
    path.join(paths.projectDir, 'p'),
    '/tmp/typed',
  ]);
});

test('site defaults may set options of collections that this profile does not use', () => {
  const lone = { ...files, 'profiles/p.yml': 'suite: bookworm\narch: amd64\n' };
  expect([...resolveIn(makeProject(lone)).options.keys()]).toEqual([]);
  const wrong = { ...lone, 'profiles/local/defaults.yml': 'options: {base.nmae: x}\n' };
  expect(mistakesOf(() => resolveIn(makeProject(wrong)))).toContain('did you mean "base.name"?');
});
