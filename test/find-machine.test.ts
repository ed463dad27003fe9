import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { BootImage } from '../build-scripts/boot/image.ts';
import { machineAround } from '../build-scripts/cli/boot-targets.ts';
import { findMachine, machineProfile } from '../build-scripts/find-machine.ts';
import { isForeign, requireHost } from '../build-scripts/test-image.ts';
import { project } from './support/needs.ts';
import { temporaryFolder } from './support/project.ts';

const profiles = path.join(project, 'profiles');

const container = (suite: string, arch: BootImage['arch'] = 'arm64'): BootImage => ({
  name: 'web',
  file: '/i/web_rootfs.tar.zst',
  format: 'rootfs',
  kind: 'root',
  arch,
  firmware: [],
  disk: undefined,
  manifest: {
    profile: 'web',
    settings: { suite, arch },
    collections: [],
    options: {},
    outputs: ['lxc'],
    packages: {},
  },
});

interface Built {
  readonly suite: string;
  readonly arch: BootImage['arch'];
  /** Of its root. */
  readonly type?: 'ext4' | 'luks';
  readonly kind?: 'disk' | 'root';
  /** Seconds since 1970. */
  readonly built: number;
}

/** A folder of images as a build leaves it. */
function outputs(images: Readonly<Record<string, Built>>): string {
  const root = temporaryFolder();
  for (const [profile, { suite, arch, type = 'ext4', kind = 'disk', built }] of Object.entries(
    images,
  )) {
    const folder = path.join(root, profile);
    mkdirSync(folder);
    const stamp = '2026-11-21_1795240598';
    const name =
      kind === 'disk' ? `${profile}_disk_${stamp}.qcow2` : `${profile}_rootfs_${stamp}.tar.zst`;
    writeFileSync(path.join(folder, name), '');
    utimesSync(path.join(folder, name), built, built);
    const manifest = {
      profile,
      settings: { suite, arch },
      outputs: [kind === 'disk' ? 'qcow2' : 'lxc'],
      disk: kind === 'disk' && {
        secureBoot: false,
        plan: { firmware: ['uefi'], partitions: [{ content: { type } }] },
      },
      files: [{ name }],
    };
    writeFileSync(path.join(folder, `${profile}_manifest_${stamp}.json`), JSON.stringify(manifest));
    symlinkSync(`${profile}_manifest_${stamp}.json`, path.join(folder, `${profile}_manifest.json`));
  }
  return root;
}

const chosen = (suite: string, images: Readonly<Record<string, Built>>): string =>
  findMachine(container(suite), outputs(images), profiles).name;

describe('the machine around a container', () => {
  test('is the newest one of its suite', () => {
    expect(
      chosen('bookworm', {
        old: { suite: 'bookworm', arch: 'arm64', built: 100 },
        new: { suite: 'bookworm', arch: 'arm64', built: 200 },
        other: { suite: 'trixie', arch: 'arm64', built: 300 },
      }),
    ).toBe('new');
  });

  test('is of another suite when there is no other', () => {
    expect(
      chosen('bookworm', {
        old: { suite: 'trixie', arch: 'arm64', built: 100 },
        new: { suite: 'trixie', arch: 'arm64', built: 200 },
      }),
    ).toBe('new');
  });

  test('is a disk of the same architecture that starts by itself', () => {
    const images: Record<string, Built> = {
      foreign: { suite: 'trixie', arch: 'amd64', built: 300 },
      encrypted: { suite: 'trixie', arch: 'arm64', type: 'luks', built: 300 },
      root: { suite: 'trixie', arch: 'arm64', kind: 'root', built: 300 },
    };
    expect(() => chosen('trixie', images)).toThrow('there is no image of one');
    expect(
      chosen('trixie', { ...images, good: { suite: 'bookworm', arch: 'arm64', built: 1 } }),
    ).toBe('good');
  });

  test('what is no image does not matter', () => {
    const root = outputs({ good: { suite: 'trixie', arch: 'arm64', built: 1 } });
    mkdirSync(path.join(root, 'tools'));
    writeFileSync(path.join(root, 'notes.txt'), '');
    mkdirSync(path.join(root, 'half'));
    writeFileSync(path.join(root, 'half', 'half_manifest.json'), '{');
    expect(findMachine(container('trixie'), root, profiles).name).toBe('good');
  });

  test('none: what to build is said', () => {
    const find = (): unknown => findMachine(container('bookworm'), '/none', profiles);
    expect(find).toThrow(
      'web is a container for arm64: here it needs a machine of that architecture around it, and there is no image of one in /none',
    );
    expect(find).toThrow(expect.objectContaining({ hint: './mkimage profiles/deb12-arm64-kvm' }));
  });
});

test.each([
  ['bookworm', 'deb12-arm64-kvm'],
  ['trixie', 'deb13-arm64-kvm'],
  // There is none of its own for arm64: the next one.
  ['bullseye', 'deb12-arm64-kvm'],
  [undefined, 'deb13-arm64-kvm'],
  ['sid', 'deb13-arm64-kvm'],
])('the profile of a machine for %s', (suite, profile) => {
  const isThere = (name: string): boolean => !name.startsWith('deb11-arm64');
  expect(machineProfile('arm64', suite, isThere)).toBe(profile);
});

describe('a machine that was chosen', () => {
  const choose = async (file: string): Promise<unknown> =>
    machineAround(container('trixie'), file, {}, temporaryFolder());

  test('is taken, whatever else was built', async () => {
    const root = outputs({ mine: { suite: 'bullseye', arch: 'arm64', built: 1 } });
    const file = path.join(root, 'mine', 'mine_disk_2026-11-21_1795240598.qcow2');
    expect(await choose(file)).toMatchObject({ image: { name: 'mine' }, firmware: 'uefi' });
  });

  test('has to be a disk of that architecture', async () => {
    const root = outputs({
      foreign: { suite: 'trixie', arch: 'amd64', built: 1 },
      root: { suite: 'trixie', arch: 'arm64', kind: 'root', built: 1 },
    });
    for (const file of [
      path.join(root, 'foreign', 'foreign_disk_2026-11-21_1795240598.qcow2'),
      path.join(root, 'root', 'root_rootfs_2026-11-21_1795240598.tar.zst'),
    ])
      await expect(choose(file)).rejects.toThrow(`${file} is no disk image of a machine for arm64`);
  });
});

test('only containers of another architecture need a machine', () => {
  const own = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const other = own === 'arm64' ? 'amd64' : 'arm64';
  expect(isForeign(container('trixie', own))).toBe(false);
  expect(isForeign(container('trixie', other))).toBe(true);
  expect(isForeign({ ...container('trixie', other), kind: 'disk' })).toBe(false);
  expect(() => {
    requireHost(container('trixie', other), []);
  }).toThrow(`web is a container for ${other}, and this machine is ${own}`);
});
