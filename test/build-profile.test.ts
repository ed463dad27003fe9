import { mkdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildEpoch, buildSeed } from '../build-scripts/build-seed.ts';
import { prepareDirectory, requireRoom } from '../build-scripts/output-directory.ts';
import type { ResolvedProfile } from '../build-scripts/config/resolved-profile.ts';
import { isRoot } from './support/needs.ts';
import { makeProject, resolveIn, temporaryFolder } from './support/project.ts';
import { testUnless } from './support/test-unless.ts';

const paths = makeProject({
  'profiles/web.yml': 'suite: bookworm\narch: amd64\n',
  'profiles/db.yml': 'suite: bookworm\narch: amd64\n',
});
const profile = (name: string, seed?: string): ResolvedProfile =>
  resolveIn(paths, seed === undefined ? [] : [`seed=${seed}`], name);

describe('the epoch of a build', () => {
  test('is SOURCE_DATE_EPOCH', () => {
    expect(buildEpoch({ SOURCE_DATE_EPOCH: '1795129200' })).toBe(1_795_129_200);
    expect(buildEpoch({ SOURCE_DATE_EPOCH: '0' })).toBe(0);
  });

  test.each([undefined, '', '-1', '1.5', 'yesterday'])('is now, with %p there', (given) => {
    const before = Math.floor(Date.now() / 1000);
    const epoch = buildEpoch(given === undefined ? {} : { SOURCE_DATE_EPOCH: given });
    expect(epoch).toBeGreaterThanOrEqual(before);
    expect(epoch).toBeLessThanOrEqual(Date.now() / 1000);
  });
});

describe('the seed of a build', () => {
  test('is 64 hex digits that stay the same in each version of this program', () => {
    expect(buildSeed(profile('web', 'fixed'), {})).toBe(
      'fb404d5938b0ebe27c105211d2502684158ed2a1ba34854475aa298a46b9233d',
    );
  });

  test('depends on the profile and on the seed it is given', () => {
    const seed = buildSeed(profile('web', 'fixed'), {});
    expect(buildSeed(profile('web', 'fixed'), {})).toBe(seed);
    expect(buildSeed(profile('web', 'other'), {})).not.toBe(seed);
    expect(buildSeed(profile('db', 'fixed'), {})).not.toBe(seed);
  });

  test('comes from SOURCE_DATE_EPOCH when the profile has none', () => {
    const environment = { SOURCE_DATE_EPOCH: '1795129200' };
    const seed = buildSeed(profile('web'), environment);
    expect(buildSeed(profile('web'), environment)).toBe(seed);
    expect(buildSeed(profile('web'), { SOURCE_DATE_EPOCH: '1795129201' })).not.toBe(seed);
    expect(buildSeed(profile('web', 'fixed'), environment)).toBe(
      buildSeed(profile('web', 'fixed'), {}),
    );
  });

  test.each([undefined, '', 'yesterday'])(
    'is new each time without either, and with %p',
    (given) => {
      const environment = given === undefined ? {} : { SOURCE_DATE_EPOCH: given };
      const seeds = Array.from({ length: 5 }, () => buildSeed(profile('web'), environment));
      expect(new Set(seeds).size).toBe(5);
      for (const seed of seeds) expect(seed).toMatch(/^[0-9a-f]{64}$/);
    },
  );
});

testUnless(
  isRoot ? undefined : 'needs root',
  'new folders belong to who called sudo, those that were there do not change hands',
  async () => {
    const top = path.join(temporaryFolder(), 'there');
    mkdirSync(top);
    const directory = path.join(top, 'obj', 'web');
    Object.assign(process.env, { SUDO_UID: '12345', SUDO_GID: '23456' });
    try {
      await prepareDirectory(directory);
      await prepareDirectory(directory);
    } finally {
      delete process.env.SUDO_UID;
      delete process.env.SUDO_GID;
    }
    const owners = await Promise.all(
      [top, path.dirname(directory), directory].map(async (folder) => (await stat(folder)).uid),
    );
    expect(owners).toEqual([0, 12345, 12345]);
  },
);

test('a folder without room for what is asked for is refused before the build', async () => {
  const folder = temporaryFolder();
  await expect(requireRoom(folder, { disk: false, formats: 0 })).resolves.toBeUndefined();
  await expect(requireRoom(folder, { disk: true, formats: 1e9 })).rejects.toThrow(
    /^\/.* has [\d.]+ .B left, and this build needs [\d.]+ .B or more$/,
  );
});
