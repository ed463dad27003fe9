import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { BootImage, ImageManifest } from '../../build-scripts/boot/image.ts';
import { hasFailed } from '../../build-scripts/boot/report.ts';
import { PLAIN, SCENARIOS } from '../../build-scripts/boot/scenarios.ts';
import { CollectionIndex } from '../../build-scripts/config/collection-index.ts';
import { DiagnosticList } from '../../build-scripts/config/diagnostics.ts';
import type { StepHandle } from '../../build-scripts/host/progress.ts';
import { testJob, testsOf, wayOf } from '../../build-scripts/test-image.ts';
import { makeProject, temporaryFolder } from '../support/project.ts';

const MANIFEST: ImageManifest = {
  profile: 'web',
  settings: { suite: 'bookworm', arch: 'amd64' },
  collections: ['base', 'gone', 'ssh/strict'],
  options: {
    'ssh.port': { value: 2222 },
    'ssh.users': { value: ['ada', 'bob'] },
    'base.motd': { value: null },
  },
  outputs: ['qcow2'],
  packages: {},
};

test.each([
  ['bios', PLAIN, 'BIOS'],
  ['secure-boot', PLAIN, 'UEFI with Secure Boot'],
  [undefined, PLAIN, 'container'],
  ['uefi', SCENARIOS.find(({ name }) => name === 'power-cut') ?? PLAIN, 'UEFI, power-cut'],
  [undefined, SCENARIOS.find(({ name }) => name === 'clones') ?? PLAIN, 'container, clones'],
] as const)('the way to start: %s, %p', (firmware, scenario, way) => {
  expect(wayOf({ firmware, scenario })).toBe(way);
});

test('a container in a machine says so', () => {
  const around = { image: { name: 'deb13-arm64-kvm' } as BootImage, firmware: 'uefi' } as const;
  expect(wayOf({ firmware: undefined, scenario: PLAIN, around })).toBe(
    'container in the machine deb13-arm64-kvm',
  );
});

describe('tests of an image', () => {
  const paths = makeProject({
    'collections/base/collection.yml': 'description: base\n',
    'collections/base/tests/30-users': '#!/bin/sh\n',
    'collections/base/tests/10-motd': '#!/bin/sh\n',
    'collections/other/collection.yml': 'description: not in the image\n',
    'collections/other/tests/10-other': '#!/bin/sh\n',
    'collections/ssh/strict/collection.yml': 'description: ssh\n',
    'collections/ssh/strict/tests/50-login.host': '#!/bin/sh\n',
  });
  const diagnostics = new DiagnosticList();
  const collections = new CollectionIndex(paths).all(diagnostics);
  const tests = testsOf(MANIFEST, collections, 'ssh-ed25519 AAAA test');

  test('those of its collections, in their order', () => {
    expect(tests.map(({ name }) => name)).toEqual([
      'base/tests/10-motd',
      'base/tests/30-users',
      'ssh/strict/tests/50-login.host',
    ]);
    for (const { file } of tests) expect(readFileSync(file, 'utf8')).toBe('#!/bin/sh\n');
  });

  test('have options, as hooks have them, and what they test', () => {
    expect(tests[2]?.env).toEqual({
      OPT_SSH_PORT: '2222',
      OPT_SSH_USERS: 'ada\nbob',
      OPT_SSH_USERS_COUNT: '2',
      OPT_SSH_USERS_0: 'ada',
      OPT_SSH_USERS_1: 'bob',
      OPT_BASE_MOTD: '',
      MKIMAGE_COLLECTION: 'ssh/strict',
      MKIMAGE_COLLECTIONS: 'base\ngone\nssh/strict',
      MKIMAGE_PROFILE: 'web',
      MKIMAGE_SUITE: 'bookworm',
      MKIMAGE_ARCH: 'amd64',
      MKIMAGE_SSH_PUBLIC_KEY: 'ssh-ed25519 AAAA test',
    });
  });

  test('without ssh there is no key', () => {
    expect(testsOf(MANIFEST, collections, undefined)[0]?.env.MKIMAGE_SSH_PUBLIC_KEY).toBe('');
  });

  test('foreign images have none', () => {
    expect(testsOf(undefined, collections, undefined)).toEqual([]);
  });
});

const handle = { update: () => undefined } as unknown as StepHandle;

/** The job that starts a disk image which can not be read. */
function jobOfDamaged(
  folder: string,
  more: Partial<Parameters<typeof testJob>[0]> = {},
): ReturnType<typeof testJob> & { image: BootImage; undo: (() => Promise<void>)[] } {
  const file = path.join(folder, 'web.raw.zst');
  writeFileSync(file, 'not compressed');
  const image: BootImage = {
    name: 'web',
    file,
    format: 'raw-zst',
    kind: 'disk',
    arch: 'amd64',
    firmware: ['bios'],
    disk: undefined,
    manifest: undefined,
  };
  const undo: (() => Promise<void>)[] = [];
  const made = testJob({
    image,
    firmware: 'bios',
    scenario: PLAIN,
    accelerator: { kind: 'tcg', why: 'a test', slowness: 1 },
    collections: [],
    memory: 512,
    cpus: 1,
    passphrases: [],
    logs: folder,
    scratch: folder,
    defer: (action) => undo.push(action),
    ...more,
  });
  return { ...made, image, undo };
}

test('an image that can not even be unpacked has failed', async () => {
  const folder = temporaryFolder();
  const { job, report, image, undo } = jobOfDamaged(folder);
  await expect(job.steps[0]?.run(handle)).rejects.toThrow('is damaged or cut off');
  expect(hasFailed(report)).toBe(true);
  expect(report.tests).toEqual([
    { name: 'start', status: 'failed', seconds: 0, output: `${image.file} is damaged or cut off` },
  ]);
  // Nothing is left but the log.
  expect(readdirSync(folder).sort()).toEqual(['web-raw-zst-bios-plain.log', 'web.raw.zst']);
  for (const action of undo) await action();
});

test('what goes wrong before the image is looked at is in the report, too', async () => {
  const folder = temporaryFolder();
  const { job, report } = jobOfDamaged(folder, { scratch: path.join(folder, 'gone') });
  await expect(job.steps[0]?.run(handle)).rejects.toThrow('ENOENT');
  expect(report.tests).toMatchObject([{ name: 'start', status: 'failed' }]);
});

test('a collection of the image that is not there is said to be untested', async () => {
  const folder = temporaryFolder();
  const { image } = jobOfDamaged(folder);
  const { job, report } = jobOfDamaged(folder, { image: { ...image, manifest: MANIFEST } });
  await expect(job.steps[0]?.run(handle)).rejects.toThrow();
  const skipped = report.tests.filter(({ status }) => status === 'skipped');
  expect(skipped.map(({ name }) => name)).toEqual(['base/tests', 'gone/tests', 'ssh/strict/tests']);
  expect(skipped[0]?.output).toContain('--collections');
});
