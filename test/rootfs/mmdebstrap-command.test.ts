import { describe, expect, test } from '@jest/globals';
import { mmdebstrapCommand, usedPhases } from '../../build-scripts/rootfs/mmdebstrap-command.ts';
import { hookLabel } from '../../build-scripts/config/collection.ts';
import { installations } from '../../build-scripts/rootfs/install-steps.ts';
import { makeProject, resolveIn } from '../support/project.ts';

const paths = { root: '/w/tree/root', phases: '/w/stage/phases' };

/** The command for a profile that says this beside suite and arch. */
const commandFor = (profile: string, suite = 'bookworm'): string[] =>
  mmdebstrapCommand(
    resolveIn(makeProject({ 'profiles/p.yml': `suite: ${suite}\narch: arm64\n${profile}` })),
    paths,
  );

test('a profile without anything', () => {
  expect(commandFor('')).toEqual([
    'mmdebstrap',
    '--verbose',
    '--mode=root',
    '--format=directory',
    '--variant=minbase',
    '--architectures=arm64',
    '--components=main',
    '--aptopt=Acquire::Retries "2"',
    '--dpkgopt=force-unsafe-io',
    '--skip=check/qemu',
    '--skip=cleanup/apt',
    '--skip=essential/unlink',
    'bookworm',
    '/w/tree/root',
  ]);
});

test('variant and components', () => {
  expect(commandFor('variant: apt\ncomponents: [main, contrib]\n')).toEqual(
    expect.arrayContaining(['--variant=apt', '--components=main,contrib']),
  );
});

describe('packages', () => {
  const groups = (settings: string): unknown =>
    installations(
      resolveIn(
        makeProject({
          'profiles/p.yml': `suite: bookworm\narch: amd64\ncollections: [web, agent, machine]\npackages: [less, vim, -nano]\n${settings}`,
          'collections/web/collection.yml': 'summary: Web\npackages: [nginx, curl, nano]\n',
          'collections/agent/collection.yml':
            'summary: Agent\ninstall-step: extra\npackages: [agent, curl]\n',
          'collections/agent/hooks/setup/10-agent': '#!/bin/sh\n',
          'collections/machine/collection.yml':
            'summary: Machine\ninstall-step: system\npackages: [kernel, {name: boot, install-step: base}]\n',
        }),
      ),
    ).map(({ step, packages, hooks }) => [step, packages, hooks.setup.map(hookLabel)]);

  test('come step by step, those of the profile last; hooks come with their collection', () => {
    expect(groups('')).toEqual([
      ['base', ['boot', 'curl', 'nginx'], []],
      ['system', ['kernel'], []],
      ['extra', ['agent', 'less', 'vim'], ['agent/hooks/setup/10-agent']],
    ]);
  });

  test('without apt in the image there is one time for all', () => {
    expect(groups('variant: essential\n')).toEqual([
      [
        'base',
        ['nginx', 'curl', 'agent', 'kernel', 'boot', 'less', 'vim'],
        ['agent/hooks/setup/10-agent'],
      ],
    ]);
  });
});

test('mirrors come last, as they are written', () => {
  const line = 'deb [trusted=yes] http://b.example.net/debian bookworm main';
  expect(commandFor(`mirror: ["http://a.example.net/debian", "${line}"]\n`).slice(-4)).toEqual([
    'bookworm',
    '/w/tree/root',
    'http://a.example.net/debian',
    line,
  ]);
});

test.each([
  ['bullseye', 'bullseye-security'],
  ['trixie', 'trixie-security'],
])('a snapshot of %s pins the suite, its updates and %s', (suite, security) => {
  const snapshot = 'snapshot: 2026-11-01\nsnapshot-mirror: http://snap.example.net/archive/\n';
  const base = 'deb [check-valid-until=no] http://snap.example.net/archive';
  expect(commandFor(`${snapshot}components: [main, contrib]\n`, suite).slice(-4)).toEqual([
    '/w/tree/root',
    `${base}/debian/20261101T000000Z/ ${suite} main contrib`,
    `${base}/debian/20261101T000000Z/ ${suite}-updates main contrib`,
    `${base}/debian-security/20261101T000000Z/ ${security} main contrib`,
  ]);
});

test('a phase is used when there is a hook for it', () => {
  const profile = resolveIn(
    makeProject({
      'profiles/p.yml': 'suite: bookworm\narch: amd64\ncollections: [web]\n',
      'collections/web/collection.yml': 'summary: Web\n',
      'collections/web/hooks/extract/10-a': '#!/bin/sh\n',
      'collections/web/hooks/disk/10-b': '#!/bin/sh\n',
    }),
  );
  expect(usedPhases(profile)).toEqual(['extract']);
  expect(mmdebstrapCommand(profile, paths)).toEqual(
    expect.arrayContaining(['--extract-hook=/w/stage/phases/extract']),
  );
});

test('repositories have to be there before apt is asked', () => {
  const profile = resolveIn(
    makeProject({
      'profiles/p.yml': `suite: bookworm
arch: amd64
repositories: [{name: x, uri: "http://x.example.net", suite: stable, key: x.asc}]
`,
      'profiles/x.asc': '',
    }),
  );
  expect(usedPhases(profile)).toEqual(['setup']);
});
