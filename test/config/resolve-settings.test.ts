import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { formatOrigin } from '../../build-scripts/config/layers.ts';
import { resolveProfile } from '../../build-scripts/config/resolve-profile.ts';
import { normalizeSnapshot } from '../../build-scripts/config/resolve-settings.ts';
import {
  SETTING_NAMES,
  settingSchemas,
  type SettingName,
} from '../../build-scripts/config/settings.ts';
import { problemsOf } from '../../build-scripts/config/validate.ts';
import { makeProject, mistakesOf, resolveIn } from '../support/project.ts';

test.each([
  ['2026-11-01', '20261101T000000Z'],
  ['20261101', '20261101T000000Z'],
  ['2026-11-01T12:30:00Z', '20261101T123000Z'],
  ['2026-11-01 12:30:00', '20261101T123000Z'],
  ['20261101T123000Z', '20261101T123000Z'],
])('snapshot %s is %s', (text, expected) => {
  expect(problemsOf(settingSchemas.snapshot, text)).toEqual([]);
  expect(normalizeSnapshot(text)).toBe(expected);
});

const cases: Record<SettingName, { good: readonly unknown[]; bad: readonly unknown[] }> = {
  suite: { good: ['bullseye', 'bookworm', 'trixie'], bad: ['sid', 'stable', 12] },
  arch: { good: ['amd64', 'arm64'], bad: ['x86_64', 'i386'] },
  variant: { good: ['minbase', 'apt'], bad: ['minimal'] },
  mirror: {
    good: ['http://example.net/debian', ['deb http://example.net/debian bookworm main'], []],
    bad: ['', 5, [5]],
  },
  components: { good: [['main', 'non-free-firmware']], bad: [[], 'main'] },
  snapshot: { good: ['2026-11-01'], bad: [20261101, '2026', '2026-11', 'yesterday'] },
  'snapshot-mirror': { good: ['https://example.net/archive'], bad: ['example.net'] },
  repositories: {
    good: [[], [{ name: 'a', uri: 'https://example.net', suite: 'stable', key: 'a.asc' }]],
    bad: [
      {},
      [{ name: 'a', uri: 'https://example.net', suite: 'stable' }],
      [{ name: '../a', uri: 'https://example.net', suite: 'stable', key: 'a.asc' }],
    ],
  },
  'apt-proxy': { good: ['http://example.net:3142'], bad: ['example.net:3142'] },
  seed: { good: ['x'], bad: ['', 5] },
  'zstd-level': { good: [1, 22], bad: [0, 23, 1.5, '3'] },
};

describe.each(SETTING_NAMES)('%s', (name) => {
  test.each(cases[name].good.map((value) => [value]))('takes %j', (value) => {
    expect(problemsOf(settingSchemas[name], value)).toEqual([]);
  });
  test.each(cases[name].bad.map((value) => [value]))('refuses %j', (value) => {
    expect(problemsOf(settingSchemas[name], value)).not.toEqual([]);
  });
});

describe('layers', () => {
  const repository = (name: string): string =>
    `repositories: [{name: ${name}, uri: "https://example.net/${name}", suite: stable, key: keys/${name}.asc}]\n`;
  const paths = makeProject({
    'profiles/local/defaults.yml': `mirror: http://site.example.net\ncomponents: [main, site]\n${repository('site')}`,
    'profiles/local/keys/site.asc': 'key',
    'profiles/base.yml': `suite: bookworm\narch: amd64\nzstd-level: 9\n${repository('base')}`,
    'profiles/keys/base.asc': 'key',
    'profiles/p.yml': 'extends: base\nsuite: trixie\nseed: s\n',
  });
  const settingOf = (name: SettingName, set: readonly string[] = []): unknown => {
    const { value, origins } = resolveIn(paths, set).settings[name];
    return [value, origins.map(formatOrigin).join(', ')];
  };

  test.each<[SettingName, string[], unknown, string]>([
    ['suite', [], 'trixie', 'profiles/p.yml:2 (profile)'],
    ['arch', [], 'amd64', 'profiles/base.yml:2 (profile)'],
    ['variant', [], 'minbase', 'built-in default'],
    ['mirror', [], ['http://site.example.net'], 'profiles/local/defaults.yml:1 (site defaults)'],
    ['zstd-level', ['zstd-level=19'], 19, 'command line (--set)'],
    ['zstd-level', ['zstd-level='], 3, 'command line (--set)'],
    ['seed', ['seed=2026'], '2026', 'command line (--set)'],
    ['seed', ['seed='], undefined, 'command line (--set)'],
    ['mirror', ['mirror='], [], 'command line (--set)'],
    ['components', ['components=contrib'], ['contrib'], 'command line (--set)'],
    [
      'components',
      ['components+=contrib'],
      ['main', 'site', 'contrib'],
      'profiles/local/defaults.yml:2 (site defaults), command line (--set)',
    ],
    [
      'mirror',
      ['mirror+=http://b.example.net'],
      ['http://site.example.net', 'http://b.example.net'],
      'profiles/local/defaults.yml:1 (site defaults), command line (--set)',
    ],
  ])('%s with %j', (name, set, value, origin) => {
    expect(settingOf(name, set)).toEqual([value, origin]);
  });

  test('repositories of all layers are kept; keys are relative to the file that names them', () => {
    const { value } = resolveIn(paths).settings.repositories;
    expect(value.map(({ name, key }) => [name, path.relative(paths.projectDir, key)])).toEqual([
      ['site', 'profiles/local/keys/site.asc'],
      ['base', 'profiles/keys/base.asc'],
    ]);
  });

  test('suite and arch can not be unset', () => {
    expect(mistakesOf(() => resolveIn(paths, ['suite=']))).toContain(
      'setting "suite" can not be unset',
    );
  });
});

test('a snapshot needs an archive, which the site may name', () => {
  const files = { 'profiles/p.yml': 'suite: bookworm\narch: amd64\nsnapshot: 2026-11-01\n' };
  expect(mistakesOf(() => resolveIn(makeProject(files)))).toContain(
    'which snapshot archive to use',
  );
  const site = 'snapshot-mirror: https://example.net/archive\n';
  const { settings } = resolveIn(makeProject({ ...files, 'profiles/local/defaults.yml': site }));
  expect(settings.snapshot.value).toBe('20261101T000000Z');
});

test('arch is the one of this machine when nobody says otherwise', () => {
  const paths = makeProject({ 'profiles/p.yml': 'suite: bookworm\n' });
  const { arch } = resolveProfile({
    profile: 'p',
    paths,
    knownOutputs: ['lxc'],
    hostArch: 'arm64',
  }).settings;
  expect(arch.value).toBe('arm64');
  expect(arch.origins.map(formatOrigin)).toEqual([
    'built-in default of the architecture of this machine',
  ]);
});
