import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { openBuildLog } from '../../build-scripts/host/build-log.ts';
import { hashFile } from '../../build-scripts/host/hash-file.ts';
import { lxc, metadataFiles } from '../../build-scripts/outputs/lxc.ts';
import { imageOfProfile } from '../../build-scripts/make-outputs.ts';
import type { Artifact, ImageFacts } from '../../build-scripts/outputs/output.ts';
import { needsPrograms } from '../support/needs.ts';
import { makeProject, resolveIn, temporaryFolder } from '../support/project.ts';
import { describeUnless } from '../support/test-unless.ts';

const EPOCH = 1_795_129_200;
const imageOf = (text: string): ImageFacts =>
  imageOfProfile(resolveIn(makeProject({ 'profiles/web.yml': text }), [], 'web'));
const image = imageOf('description: "A web server: small"\nsuite: trixie\narch: arm64\n');

describe('the metadata', () => {
  const files = metadataFiles(image, EPOCH);

  test('for Incus', () => {
    expect(load(files['metadata.yaml'] ?? '')).toEqual({
      architecture: 'aarch64',
      creation_date: EPOCH,
      properties: {
        description: 'A web server: small',
        name: 'web',
        os: 'Debian',
        release: 'trixie (Debian 13)',
      },
    });
  });

  test('for lxc-create -t local', () => {
    expect(files).toEqual({
      'metadata.yaml': files['metadata.yaml'],
      config: `# web, Debian 13
lxc.include = LXC_TEMPLATE_CONFIG/common.conf
lxc.arch = aarch64
`,
      'config-user': `# web, Debian 13
lxc.include = LXC_TEMPLATE_CONFIG/common.conf
lxc.arch = aarch64
lxc.include = LXC_TEMPLATE_CONFIG/userns.conf
`,
      'create-message': 'Created from web, Debian trixie (Debian 13).\n',
      templates: '',
      expiry: '32503680000\n',
    });
  });

  test('a profile without a description is described by its name', () => {
    const { 'metadata.yaml': text } = metadataFiles(
      imageOf('suite: bookworm\narch: amd64\n'),
      EPOCH,
    );
    expect(load(text ?? '')).toMatchObject({
      architecture: 'x86_64',
      properties: { description: 'web', release: 'bookworm (Debian 12)' },
    });
  });
});

describeUnless(needsPrograms('tar', 'xz'), 'the metadata tarball', () => {
  async function produce(): Promise<Artifact> {
    const directory = path.join(temporaryFolder(), 'partial');
    mkdirSync(directory);
    const rootfs = { name: 'rootfs', extension: '.tar.zst', path: '', bytes: 0, sha256: '' };
    const log = openBuildLog(path.join(directory, 'build.log'));
    const artifacts = await lxc.produce({
      ...{ image, log, rootfs, directory, epoch: EPOCH, seed: '' },
      ...{ disk: undefined, boot: undefined, tools: undefined, onDetail: () => undefined },
    });
    expect(artifacts).toHaveLength(1);
    return artifacts[0] ?? rootfs;
  }

  test('is xz, has the files on top, of root, at the time of the build', async () => {
    const artifact = await produce();
    expect(artifact).toEqual({
      name: 'metadata',
      extension: '.tar.xz',
      ...(await hashFile(artifact.path)),
    });
    execFileSync('xz', ['--test', artifact.path]);
    const listing = execFileSync('tar', ['--utc', '--full-time', '-tvf', artifact.path], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    const lines = listing
      .trim()
      .split('\n')
      .map((line) => line.split(/ +/));
    expect(
      lines.map(([mode, owner, , date, time, name]) => [mode, owner, date, time, name]),
    ).toEqual(
      ['config', 'config-user', 'create-message', 'expiry', 'metadata.yaml', 'templates'].map(
        (name) => ['-rw-r--r--', '0/0', '2026-11-19', '23:00:00', name],
      ),
    );
  });

  test('is the same on two runs, whatever the umask', async () => {
    const first = await produce();
    const umask = process.umask(0o077);
    const second = await produce().finally(() => process.umask(umask));
    expect(second.sha256).toBe(first.sha256);
  });
});

test('how to use it names the links, which stay when an image is built again', () => {
  const files = new Map([
    ['rootfs.tar.zst', 'web_rootfs.tar.zst'],
    ['metadata.tar.xz', 'web_metadata.tar.xz'],
    ['manifest.json', 'web_manifest.json'],
  ]);
  expect(lxc.howToUse(image, files)).toEqual([
    {
      target: 'Proxmox VE',
      commands: [
        'scp web_rootfs.tar.zst root@PVE:/var/lib/vz/template/cache/',
        '# there:',
        'pct create 9999 local:vztmpl/web_rootfs.tar.zst --ostype debian --hostname web \\',
        '  --unprivileged 1 --features nesting=1 --memory 512 --rootfs local-lvm:2 \\',
        '  --net0 name=eth0,bridge=vmbr0,ip=dhcp',
        'pct start 9999 && pct enter 9999',
      ],
    },
    {
      target: 'Incus',
      commands: [
        'incus image import web_metadata.tar.xz web_rootfs.tar.zst --alias web',
        'incus launch web web && incus exec web -- bash',
      ],
    },
    {
      target: 'LXC',
      commands: [
        'zstd -dc < web_rootfs.tar.zst | xz -T0 -1 > /tmp/rootfs.tar.xz',
        'lxc-create -n web -t local -- -m web_metadata.tar.xz -f /tmp/rootfs.tar.xz',
        'lxc-start -n web && lxc-attach -n web',
      ],
    },
  ]);
});
