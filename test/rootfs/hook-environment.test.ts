import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { hookEnvironment } from '../../build-scripts/rootfs/hook-environment.ts';
import { buildContext } from '../support/build-context.ts';
import { makeProject, resolveIn } from '../support/project.ts';

const profile = resolveIn(
  makeProject({
    'profiles/web.yml': `suite: trixie
arch: arm64
collections: [users, site]
options:
  users.list: [{name: ada, password: hunter2}, {name: bob}]
  users.token: swordfish
  site.names: [a.example.net, b.example.net]
`,
    'collections/site/collection.yml': `summary: Site
options:
  site.names: {type: list, default: [], description: names}
  site.tls: {type: boolean, default: false, description: https}
  site.owner: {type: string, description: unset}
`,
    'collections/users/collection.yml': `summary: Users
requires: [site]
options:
  users.token: {type: string, secret: true, description: a secret}
  users.list:
    type: list
    default: []
    description: users
    items:
      type: object
      properties:
        name: {type: string, required: true}
        password: {type: string, secret: true}
`,
  }),
  [],
  'web',
);
const context = buildContext(profile);
const environmentOf = (collection: string): Record<string, string> =>
  hookEnvironment({ collection, phase: 'customize', path: '/nowhere' }, context);

test('all of it, as a hook of another collection sees it: without secrets', () => {
  const environment = environmentOf('site');
  expect(environment).toEqual({
    LC_ALL: 'C.UTF-8',
    HOME: '/root',
    DEBIAN_FRONTEND: 'noninteractive',
    SOURCE_DATE_EPOCH: '1795129200',
    MKIMAGE_PHASE: 'customize',
    MKIMAGE_COLLECTION: 'site',
    MKIMAGE_COLLECTIONS: 'site\nusers',
    MKIMAGE_PROFILE: 'web',
    MKIMAGE_SUITE: 'trixie',
    MKIMAGE_ARCH: 'arm64',
    MKIMAGE_SEED: '5eed'.repeat(16),
    OPT_SITE_NAMES: 'a.example.net\nb.example.net',
    OPT_SITE_NAMES_COUNT: '2',
    OPT_SITE_NAMES_0: 'a.example.net',
    OPT_SITE_NAMES_1: 'b.example.net',
    OPT_SITE_TLS: 'false',
    OPT_SITE_OWNER: '',
    OPT_USERS_TOKEN: '',
    OPT_USERS_LIST: '[{"name":"ada","password":""},{"name":"bob"}]',
    OPT_USERS_LIST_COUNT: '2',
    OPT_USERS_LIST_0: '{"name":"ada","password":""}',
    OPT_USERS_LIST_0_COUNT: '2',
    OPT_USERS_LIST_0_0_KEY: 'name',
    OPT_USERS_LIST_0_0_VALUE: 'ada',
    OPT_USERS_LIST_0_1_KEY: 'password',
    OPT_USERS_LIST_0_1_VALUE: '',
    OPT_USERS_LIST_0_NAME: 'ada',
    OPT_USERS_LIST_0_PASSWORD: '',
    OPT_USERS_LIST_1: '{"name":"bob"}',
    OPT_USERS_LIST_1_COUNT: '1',
    OPT_USERS_LIST_1_0_KEY: 'name',
    OPT_USERS_LIST_1_0_VALUE: 'bob',
    OPT_USERS_LIST_1_NAME: 'bob',
  });
  expect(JSON.stringify(environment)).not.toMatch(/hunter2|swordfish/);
});

test('a hook sees the secrets that its own collection declares', () => {
  expect(environmentOf('users')).toMatchObject({
    MKIMAGE_COLLECTION: 'users',
    OPT_USERS_TOKEN: 'swordfish',
    OPT_USERS_LIST_0_PASSWORD: 'hunter2',
  });
});

test('a shell can use every one of the variables', () => {
  const printed = execFileSync(
    '/bin/sh',
    ['-eu', '-c', 'echo "$OPT_SITE_TLS $OPT_USERS_LIST_0_NAME $OPT_SITE_OWNER."'],
    {
      env: environmentOf('site'),
      encoding: 'utf8',
    },
  );
  expect(printed).toBe('false ada .\n');
  for (const name of Object.keys(environmentOf('users')))
    expect(name).toMatch(/^[A-Z_][A-Z0-9_]*$/);
});
