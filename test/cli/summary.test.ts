import path from 'node:path';
import { expect, test } from '@jest/globals';
import { summary } from '../../build-scripts/cli/summary.ts';
import { imageOfProfile } from '../../build-scripts/make-outputs.ts';
import { lxc } from '../../build-scripts/outputs/lxc.ts';
import type { Published } from '../../build-scripts/publish/publish.ts';
import { makeProject, resolveIn } from '../support/project.ts';

const profile = resolveIn(
  makeProject({ 'profiles/web.yml': 'suite: bookworm\narch: amd64\n' }),
  [],
  'web',
);

/** A published file of that size in the folder. */
function published(folder: string, name: string, extension: string, bytes: number): Published {
  return {
    artifact: { name, extension, path: '/gone', bytes, sha256: '' },
    path: path.join(folder, `web_${name}_2026-11-19_1795129200${extension}`),
    link: path.join(folder, `web_${name}${extension}`),
  };
}

const summaryIn = (folder: string): string =>
  summary(
    profile,
    {
      unchangedSince: undefined,
      packages: 123,
      rootBytes: 456_000_000,
      outputs: ['lxc'],
      checks: [],
      published: [
        published(folder, 'rootfs', '.tar.zst', 78_900_000),
        published(folder, 'metadata', '.tar.xz', 812),
      ],
    },
    [
      { job: 'web', title: 'bootstrap Debian 12 amd64', seconds: 99.5 },
      { job: 'db', title: 'bootstrap Debian 12 amd64', seconds: 1000 },
      { job: 'web', title: 'pack the root file system', seconds: 5.25 },
    ],
  );

const howTo = lxc
  .howToUse(
    imageOfProfile(profile),
    new Map([
      ['rootfs.tar.zst', 'web_rootfs.tar.zst'],
      ['metadata.tar.xz', 'web_metadata.tar.xz'],
    ]),
  )
  .map((line) => `    ${line}`)
  .join('\n');

test('what was built, how long it took, where it lies and what to do with it', () => {
  expect(summaryIn(path.resolve('obj/web'))).toBe(`
web: 123 packages, 456.0 MB unpacked, in 1 min 45 s
    99.5 s  bootstrap Debian 12 amd64
     5.3 s  pack the root file system

  obj/web/
    web_rootfs_2026-11-19_1795129200.tar.zst   78.9 MB
    web_metadata_2026-11-19_1795129200.tar.xz  812 B

  to use it, from that folder:
${howTo}
`);
});

test('a folder somewhere else is named in full', () => {
  expect(summaryIn('/srv/images/web')).toContain('\n  /srv/images/web/\n');
});
