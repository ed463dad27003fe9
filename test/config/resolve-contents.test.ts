import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { hookLabel } from '../../build-scripts/config/collection.ts';
import { formatOrigin } from '../../build-scripts/config/layers.ts';
import { makeProject, resolveIn } from '../support/project.ts';

const options = `options:
  a.on: {type: boolean, default: true, description: x}
  a.off: {type: boolean, default: false, description: x}
`;

describe('packages', () => {
  const paths = makeProject({
    'collections/a/collection.yml': `summary: a
${options}packages:
  - vim
  - nano
  - less
  - {name: on, when: a.on}
  - {name: off, when: a.off}
  - {name: old, when: {suite: bullseye}}
`,
    'collections/b/collection.yml':
      'summary: b\nrequires: [a]\npackages: [vim, -nano, -nothing, {name: -less, when: "!a.on"}]\n',
    'profiles/local/defaults.yml': 'packages: [htop, -vim]\n',
    'profiles/base.yml': 'suite: bookworm\narch: amd64\npackages: [-htop, nano]\n',
    'profiles/p.yml': 'extends: base\ncollections: [b]\npackages: [vim, -on]\n',
  });
  const { packages, removedPackages } = resolveIn(paths);

  test('are added and removed layer by layer; who added first keeps the place', () => {
    expect(packages.map(({ name, origin }) => [name, formatOrigin(origin)])).toEqual([
      ['less', 'collections/a/collection.yml:8 (collection)'],
      ['nano', 'profiles/base.yml:3 (profile)'],
      ['vim', 'profiles/p.yml:3 (profile)'],
    ]);
  });

  test('those removed remember who did it; what was never there is not removed', () => {
    expect(removedPackages.map(({ name, origin }) => [name, formatOrigin(origin)])).toEqual([
      ['htop', 'profiles/base.yml:3 (profile)'],
      ['on', 'profiles/p.yml:3 (profile)'],
    ]);
  });
});

test('hooks: by number, then collection order, then name', () => {
  const hooks = ['50-b', '50-a.chroot', '10-z'];
  const files = (collection: string): [string, string][] =>
    hooks.map((hook) => [`collections/${collection}/hooks/customize/${hook}`, '#!/bin/sh\n']);
  const paths = makeProject({
    ...Object.fromEntries([...files('a'), ...files('b')]),
    'collections/a/collection.yml': 'summary: a\nrequires: [b]\n',
    'collections/b/collection.yml': 'summary: b\n',
    'collections/b/hooks/setup/99-only': '#!/bin/sh\n',
    'profiles/p.yml': 'suite: bookworm\narch: amd64\ncollections: [a]\n',
  });
  const { hooks: resolved } = resolveIn(paths);
  expect(resolved.customize.map(hookLabel)).toEqual([
    'b/hooks/customize/10-z',
    'a/hooks/customize/10-z',
    'b/hooks/customize/50-a.chroot',
    'b/hooks/customize/50-b',
    'a/hooks/customize/50-a.chroot',
    'a/hooks/customize/50-b',
  ]);
  expect(resolved.customize.map(({ inChroot, order }) => [inChroot, order])).toEqual([
    [false, 10],
    [false, 10],
    [true, 50],
    [false, 50],
    [true, 50],
    [false, 50],
  ]);
  expect(resolved.setup.map(hookLabel)).toEqual(['b/hooks/setup/99-only']);
  expect(resolved.disk).toEqual([]);
});

test('services of collections in their order, when their conditions hold', () => {
  const paths = makeProject({
    'collections/a/collection.yml': `summary: a
${options}services:
  enable: [a.service, {name: off.service, when: a.off}]
  mask: [{name: on.service, when: a.on}]
`,
    'collections/b/collection.yml': 'summary: b\nservices: {disable: [b.timer]}\n',
    'profiles/p.yml': 'suite: bookworm\narch: amd64\ncollections: [b, a]\n',
  });
  expect(resolveIn(paths).services).toEqual([
    { action: 'disable', unit: 'b.timer', collection: 'b' },
    { action: 'enable', unit: 'a.service', collection: 'a' },
    { action: 'mask', unit: 'on.service', collection: 'a' },
  ]);
});

describe('files', () => {
  const paths = makeProject({
    'collections/a/collection.yml': `summary: a\n${options}`,
    'collections/a/files/etc/plain': 'x',
    'collections/a/files/etc/key': 'x',
    'collections/a/files/off/inside/file': 'x',
    'collections/a/files/on/off': 'x',
    'collections/a/files/on/on': 'x',
    'collections/a/files.yml': `
- {path: /etc/key, owner: root, group: ssl, mode: "0640", template: true}
- {path: /off/, when: a.off}
- {path: /on, when: a.on, mode: "0700"}
- {path: /on/off, when: a.off}
`,
    'profiles/p.yml': 'suite: bookworm\narch: amd64\ncollections: [a]\n',
  });
  symlinkSync('plain', path.join(paths.projectDir, 'collections/a/files/etc/link'));
  const files = resolveIn(paths).files.map(({ target, kind, mode, group, template }) => ({
    [target]: [kind, mode?.toString(8), group, template],
  }));

  test('have the modes of git or of files.yml; a condition on a folder holds for what is in it', () => {
    expect(files).toEqual([
      { '/etc': ['directory', undefined, undefined, false] },
      { '/etc/key': ['file', '640', 'ssl', true] },
      { '/etc/link': ['symlink', undefined, undefined, false] },
      { '/etc/plain': ['file', '644', undefined, false] },
      { '/on': ['directory', '700', undefined, false] },
      { '/on/on': ['file', '644', undefined, false] },
    ]);
  });
});
