import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { imageOfFile, imagesOfProfile, isImageFile } from '../../build-scripts/find-images.ts';
import { testsOf, wayOf } from '../../build-scripts/test-image.ts';
import { PLAIN, SCENARIOS } from '../../build-scripts/boot/scenarios.ts';

let scratch: string;
const stamp = '2026-11-21_1795240598';
const names = (kind: string): string[] => [
  `web_rootfs_${stamp}.tar.zst`,
  `web_disk_${stamp}.yml`,
  ...(kind === 'machine' ? [`web_disk_${stamp}.qcow2`, `web_disk_${stamp}.ova`] : []),
];

function publish(kind: 'machine' | 'container', outputs: readonly string[]): string {
  const folder = path.join(scratch, `${kind}-${outputs.join('-')}`);
  mkdirSync(folder, { recursive: true });
  for (const name of names(kind)) writeFileSync(path.join(folder, name), '');
  const manifest = {
    profile: 'web',
    settings: { suite: 'bookworm', arch: 'arm64' },
    collections: ['base', 'gone'],
    options: { 'ssh.port': { value: 2222 } },
    outputs,
    disk:
      kind === 'machine' ? { secureBoot: true, plan: { firmware: ['uefi', 'bios'] } } : undefined,
    files: names(kind).map((name) => ({ name })),
  };
  writeFileSync(path.join(folder, `web_manifest_${stamp}.json`), JSON.stringify(manifest));
  rmSync(path.join(folder, 'web_manifest.json'), { force: true });
  symlinkSync(`web_manifest_${stamp}.json`, path.join(folder, 'web_manifest.json'));
  return folder;
}

beforeAll(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), 'mkimage-find-'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('a file', () => {
  test('has a manifest beside it, also when a link leads to it', () => {
    const folder = publish('machine', ['qcow2']);
    const link = path.join(folder, 'web_disk.qcow2');
    symlinkSync(`web_disk_${stamp}.qcow2`, link);
    expect(imageOfFile(link, 'amd64')).toMatchObject({
      name: 'web',
      file: path.join(folder, `web_disk_${stamp}.qcow2`),
      format: 'qcow2',
      kind: 'disk',
      arch: 'arm64',
      // The strictest one first.
      firmware: ['secure-boot', 'bios'],
    });
  });

  test('of somebody else is known by its name only', () => {
    const file = path.join(scratch, 'other.raw');
    writeFileSync(file, '');
    expect(imageOfFile(file, 'amd64')).toMatchObject({
      name: 'other.raw',
      arch: 'amd64',
      firmware: [],
      manifest: undefined,
    });
    expect(isImageFile(file)).toBe(true);
    expect(isImageFile(path.join(scratch, 'none.raw'))).toBe(false);
    expect(isImageFile(scratch)).toBe(false);
  });

  test('that is no image is refused', () => {
    const file = path.join(scratch, 'notes.txt');
    writeFileSync(file, '');
    expect(() => imageOfFile(file, 'amd64')).toThrow(`${file} is no image that can be started`);
  });
});

describe('a profile', () => {
  const formatsOf = (folder: string, formats?: readonly string[]): string[] =>
    imagesOfProfile('web', folder, './mkimage web', formats).map(({ format }) => format);

  test('stands for its first disk, and its root if it makes containers', () => {
    expect(formatsOf(publish('machine', ['qcow2', 'ova']))).toEqual(['qcow2']);
    expect(formatsOf(publish('machine', ['qcow2', 'lxc']))).toEqual(['qcow2', 'rootfs']);
    expect(formatsOf(publish('container', ['lxc']))).toEqual(['rootfs']);
  });

  test('or for the formats that are asked for', () => {
    const folder = publish('machine', ['qcow2', 'ova']);
    expect(formatsOf(folder, ['ova', 'lxc'])).toEqual(['ova', 'rootfs']);
    expect(() => formatsOf(folder, ['vhdx'])).toThrow('web has no image of the format "vhdx"');
  });

  test('without an image says how to make one', () => {
    const find = (): unknown => formatsOf(path.join(scratch, 'nothing'));
    expect(find).toThrow('web has not been built yet');
    expect(find).toThrow(expect.objectContaining({ hint: './mkimage web' }));
  });
});

test('tests get options, and what they are part of', () => {
  const folder = publish('machine', ['qcow2']);
  const { manifest } = imageOfFile(path.join(folder, `web_disk_${stamp}.ova`), 'amd64');
  const base = { name: 'base', tests: ['/c/base/tests/10-a', '/c/base/tests/20-b.host'] };
  const tests = testsOf(manifest, [base as never], 'ssh-ed25519 KEY');
  expect(tests.map(({ name }) => name)).toEqual(['base/tests/10-a', 'base/tests/20-b.host']);
  expect(tests[0]?.env).toMatchObject({
    OPT_SSH_PORT: '2222',
    MKIMAGE_COLLECTION: 'base',
    MKIMAGE_COLLECTIONS: 'base\ngone',
    MKIMAGE_SUITE: 'bookworm',
    MKIMAGE_SSH_PUBLIC_KEY: 'ssh-ed25519 KEY',
  });
  expect(testsOf(undefined, [base as never], undefined)).toEqual([]);
});

test('the way of a start is named for people', () => {
  const [, wrong] = SCENARIOS;
  expect(wayOf({ firmware: undefined, scenario: PLAIN })).toBe('container');
  expect(wayOf({ firmware: 'bios', scenario: wrong ?? PLAIN })).toBe('BIOS, wrong-passphrase');
});

test('scenarios refuse what they make no sense for', () => {
  const folder = publish('machine', ['qcow2']);
  const machine = imageOfFile(path.join(folder, `web_disk_${stamp}.qcow2`), 'amd64');
  const root = imageOfFile(path.join(folder, `web_rootfs_${stamp}.tar.zst`), 'amd64');
  const reasons = (image: typeof machine): Record<string, string | undefined> =>
    Object.fromEntries(SCENARIOS.map(({ name, refuses }) => [name, refuses(image)]));
  expect(reasons(machine)).toEqual({
    'larger-disk': 'its root does not grow (collection firstboot)',
    'wrong-passphrase': 'its disk is not encrypted',
    'power-cut': undefined,
    clones: undefined,
    'second-disk': 'its disk has no RAID1',
  });
  expect(reasons(root)).toMatchObject({
    'power-cut': 'a container has no disk',
    clones: undefined,
  });
});
