import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { BuildMessages } from '../build-scripts/build-messages.ts';
import { releaseDigest, type SourceState } from '../build-scripts/cache/repository-state.ts';
import { Store } from '../build-scripts/cache/store.ts';
import { sourcesKey } from '../build-scripts/layer-inputs.ts';
import { LayeredRoot, type Freshness } from '../build-scripts/layered-root.ts';
import { buildContext } from './support/build-context.ts';
import { makeProject, resolveIn, temporaryFolder } from './support/project.ts';

const INDEXES = ['main/binary-amd64/Packages'];
const releaseText = (packages: string): string =>
  `Suite: stable\nSHA256:\n ${createHash('sha256').update(packages).digest('hex')} 9 ${INDEXES[0]}\n`;

const state = (release: string, text: string): SourceState => ({
  ...{ release, indexes: INDEXES, digest: releaseDigest(text, INDEXES) },
});

/** A profile with a snapshot that nobody can reach, and a repository on this machine. */
async function setUp(freshness: Freshness = 'ask') {
  const profile = resolveIn(
    makeProject({
      'profiles/p.yml': `suite: bookworm
arch: amd64
snapshot: 2026-11-01
snapshot-mirror: http://127.0.0.1:1/archive/
`,
    }),
  );
  const store = await Store.open(path.join(temporaryFolder(), 'cache'));
  if (store === undefined) throw new Error('no store');
  const repository = path.join(temporaryFolder(), 'InRelease');
  writeFileSync(repository, releaseText('old'));
  const pinned = 'http://127.0.0.1:1/archive/debian/20261101T000000Z/dists/bookworm/InRelease';
  const known = [
    state(pinned, releaseText('of the snapshot')),
    state(`file:${repository}`, releaseText('old')),
  ];
  await store.writeNote(`sources-${sourcesKey(profile)}`, known);
  const said: string[] = [];
  const { log, values } = buildContext(profile);
  /** What the next build finds. */
  const key = async (): Promise<unknown> => {
    const layers = new LayeredRoot({
      context: {
        ...{ profile, values, secret: store.secret },
        ...{ pinnedEpoch: 1, pinnedSeed: undefined, tools: new Map() },
      },
      ...{ store, freshness, log, messages: new BuildMessages(), say: (text) => said.push(text) },
    });
    await layers.askSources();
    const inputs = layers.rootInputs();
    if (inputs === undefined) throw new Error('the sources are not known');
    return [...inputs];
  };
  return { said, repository, key };
}

test('with a snapshot, new packages of other repositories are seen', async () => {
  const { said, repository, key } = await setUp();
  const before = await key();
  expect(await key()).toEqual(before);
  writeFileSync(repository, releaseText('new'));
  expect(await key()).not.toEqual(before);
  // The snapshot itself was not asked: it does not answer.
  expect(said).toEqual([]);
});

test('offline nobody is asked', async () => {
  const { said, repository, key } = await setUp('offline');
  const before = await key();
  writeFileSync(repository, releaseText('new'));
  expect(await key()).toEqual(before);
  expect(said).toEqual([]);
});
