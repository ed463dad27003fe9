import path from 'node:path';
import { expect, test } from '@jest/globals';
import { summary } from '../../build-scripts/cli/summary.ts';
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

const summaryIn = (folder: string, unchangedSince?: number): string =>
  summary(
    profile,
    {
      unchangedSince,
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

const HOW_TO = `  to use it, from that folder:
    Proxmox VE   scp web_rootfs.tar.zst root@PVE:/var/lib/vz/template/cache/
                 # there:
                 pct create 9999 local:vztmpl/web_rootfs.tar.zst --ostype debian --hostname web \\
                   --unprivileged 1 --features nesting=1 --memory 512 --rootfs local-lvm:2 \\
                   --net0 name=eth0,bridge=vmbr0,ip=dhcp
                 pct start 9999 && pct enter 9999
    Incus        incus image import web_metadata.tar.xz web_rootfs.tar.zst --alias web
                 incus launch web web && incus exec web -- bash
    LXC          zstd -dc < web_rootfs.tar.zst | xz -T0 -1 > /tmp/rootfs.tar.xz
                 lxc-create -n web -t local -- -m web_metadata.tar.xz -f /tmp/rootfs.tar.xz
                 lxc-start -n web && lxc-attach -n web
`;

test('what was built, how long it took, where it lies and what to do with it', () => {
  expect(summaryIn(path.resolve('obj/web'))).toBe(`
web: 123 packages, 456.0 MB unpacked, in 1 min 45 s
    99.5 s  bootstrap Debian 12 amd64
     5.3 s  pack the root file system

  obj/web/
    web_rootfs_2026-11-19_1795129200.tar.zst   78.9 MB
    web_metadata_2026-11-19_1795129200.tar.xz  812 B

${HOW_TO}`);
});

test('what to do with it is said when nothing has changed, too', () => {
  expect(summaryIn(path.resolve('obj/web'), 1_795_129_200)).toBe(`
web: nothing has changed since the build of 2026-11-19 23:00 UTC

  obj/web/
    web_rootfs_2026-11-19_1795129200.tar.zst   78.9 MB
    web_metadata_2026-11-19_1795129200.tar.xz  812 B

${HOW_TO}`);
});

test('a folder somewhere else is named in full', () => {
  expect(summaryIn('/srv/images/web')).toContain('\n  /srv/images/web/\n');
});
