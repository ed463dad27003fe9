import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { manifest } from '../../build-scripts/publish/manifest.ts';
import { makeProject, resolveIn, temporaryFolder } from '../support/project.ts';

const keys = temporaryFolder();
writeFileSync(path.join(keys, 'example.asc'), '');
const paths = makeProject({
  'profiles/local/defaults.yml': 'apt-proxy: http://proxy.internal:3142\n',
  'profiles/web.yml': `description: A web server
suite: bookworm
arch: amd64
seed: fixed
collections: [users]
repositories:
  - {name: example, uri: "http://apt.example.net", suite: stable, key: "${keys}/example.asc"}
options:
  users.list: [{name: ada, password: hunter2}, {name: bob, password: {file: bob.password}}]
  users.token: {env: SECRET_VARIABLE}
`,
  'collections/users/collection.yml': `summary: Users
options:
  users.shell: {type: string, default: /bin/bash, description: shell}
  users.motd: {type: string, description: unset}
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
});
const profile = resolveIn(paths, ['users.shell=/bin/sh'], 'web');
const content = manifest({
  profile,
  epoch: 1_795_129_200,
  packages: [
    { name: 'base-files', version: '12.4', architecture: 'amd64', installedSize: 340 },
    { name: 'adduser', version: '3.134', architecture: 'all', installedSize: 400 },
  ],
  artifacts: [
    { name: 'rootfs', extension: '.tar.zst', path: '/build/host/x', bytes: 7, sha256: 'ab12' },
  ],
  tools: { tar: '1.34', apt: undefined },
  warnings: ['it is late'],
});

test('what went in and what came out', () => {
  // As it is written to the file.
  expect(JSON.parse(JSON.stringify(content))).toEqual({
    schema: 1,
    profile: 'web',
    description: 'A web server',
    built: '2026-11-19T23:00:00.000Z',
    settings: {
      suite: 'bookworm',
      arch: 'amd64',
      variant: 'minbase',
      mirror: [],
      components: ['main'],
      repositories: [{ name: 'example', uri: 'http://apt.example.net', suite: 'stable' }],
      seed: 'fixed',
      'zstd-level': 3,
    },
    collections: ['users'],
    options: {
      'users.list': {
        value: [
          { name: 'ada', password: '(secret)' },
          { name: 'bob', password: '(secret)' },
        ],
        origin: 'profiles/web.yml:9 (profile)',
      },
      'users.motd': {
        value: null,
        origin: 'collections/users/collection.yml:4 (collection default)',
      },
      'users.shell': { value: '/bin/sh', origin: 'command line (--set)' },
      'users.token': { value: '(secret)', origin: 'profiles/web.yml:10 (profile)' },
    },
    outputs: ['lxc'],
    packages: {
      'base-files': { version: '12.4', architecture: 'amd64' },
      adduser: { version: '3.134', architecture: 'all' },
    },
    tools: { tar: '1.34' },
    warnings: ['it is late'],
    files: [{ name: 'web_rootfs_2026-11-19_1795129200.tar.zst', bytes: 7, sha256: 'ab12' }],
  });
});

describe('nothing of the build host is in it', () => {
  const text = JSON.stringify(content);

  test.each([
    ['a secret', 'hunter2'],
    ['the file of a secret', 'bob.password'],
    ['the variable of a secret', 'SECRET_VARIABLE'],
    ['the proxy', 'proxy.internal'],
    ['the folder of a key', keys],
    ['the folder of the project', paths.projectDir],
    ['the folder of the build', '/build/host'],
  ])('%s', (_, hidden) => {
    expect(text).not.toContain(hidden);
  });

  test('a profile somewhere else on it', () => {
    const elsewhere = temporaryFolder();
    const file = path.join(elsewhere, 'other.yml');
    writeFileSync(
      file,
      'suite: bookworm\narch: amd64\ncollections: [users]\noptions: {users.motd: hi}\n',
    );
    const { options } = manifest({
      profile: resolveIn(paths, [], file),
      epoch: 0,
      packages: [],
      artifacts: [],
      tools: {},
      warnings: [],
    });
    expect(options).toMatchObject({
      'users.motd': { value: 'hi', origin: 'other.yml:4 (profile)' },
    });
  });

  test('a password in the address of a mirror', () => {
    const { settings } = manifest({
      profile: resolveIn(
        paths,
        [
          'mirror=["https://me:hunter2@mirror.example.net/debian", "deb http://a:b@x.example.net/ y main"]',
          'repositories=[]',
        ],
        'web',
      ),
      epoch: 0,
      packages: [],
      artifacts: [],
      tools: {},
      warnings: [],
    });
    expect(settings).toMatchObject({
      mirror: ['https://mirror.example.net/debian', 'deb http://x.example.net/ y main'],
    });
  });
});
