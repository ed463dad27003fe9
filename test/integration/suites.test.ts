import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { collectionTests } from '../support/collection-tests.ts';
import { bootLxc, bootNspawn, type Container } from '../support/container.ts';
import { buildImage, readManifest, type Image } from '../support/mkimage.ts';
import { firstReason, needsContainers, needsPrograms } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { describeUnless } from '../support/test-unless.ts';
import { unpack } from '../support/unpack.ts';
import { testKey } from '../support/web-image.ts';

const missing = firstReason(needsContainers(), needsPrograms('zstd', 'ssh', 'ssh-keygen'));

/** sshd of every release has better than these. */
const WEAK =
  /sha1\b|nistp(?!256@openssh)|group1[-,\b]|group14|-cbc|md5|umac-64|arcfour|3des|ssh-dss/;

describeUnless(missing, 'the other Debian releases', () => {
  let scratch: string;
  let key: { file: string; public: string };
  /** By suite. Built side by side: one waits for the network while the other unpacks. */
  let images: Record<string, Promise<Image>>;

  beforeAll(async () => {
    scratch = await makeScratch('suites');
    key = await testKey();
    const build = async (name: string): Promise<Image> => {
      const profile = path.join(scratch, `${name}.yml`);
      await writeFile(
        profile,
        `extends: ${name}-amd64-lxc\noptions:\n  base.locale: de_DE.UTF-8\n  ansible.authorized-keys: ["${key.public}"]\n`,
      );
      return buildImage(profile, path.join(scratch, 'images'));
    };
    images = { bullseye: build('deb11'), trixie: build('deb13') };
    await Promise.allSettled(Object.values(images));
  });
  afterAll(() => removeScratch(scratch));

  test.each([
    ['bullseye', '11', 'systemd-nspawn', bootNspawn],
    ['bullseye', '11', 'lxc-start', bootLxc],
    ['trixie', '13', 'systemd-nspawn', bootNspawn],
    ['trixie', '13', 'lxc-start', bootLxc],
  ] as const)('%s (Debian %s) in %s', async (suite, version, starts, boot) => {
    const image = await images[suite];
    if (image === undefined) throw new Error('not built');
    const root = path.join(scratch, `${suite}-${starts}-${process.pid}`);
    await unpack(image.rootfs, root);
    const container = await boot(root);
    try {
      await expectWorking(container, image, version);
    } finally {
      await container.stop();
    }
  });

  async function expectWorking(container: Container, image: Image, version: string): Promise<void> {
    expect(await container.run(['systemctl', '--failed', '--no-legend', '--plain'])).toBe('');
    expect(container.state).toBe('running');
    expect(await container.run(['cat', '/etc/debian_version'])).toMatch(
      new RegExp(`^${version}\\.`),
    );

    const effective = (await container.run(['sshd', '-T'])).split('\n');
    for (const line of [
      'usepam no',
      'permitrootlogin no',
      'passwordauthentication no',
      'authenticationmethods publickey',
      'allowgroups ssh-login',
    ]) {
      expect(effective).toContain(line);
    }
    const algorithms = effective.filter((line) =>
      /^(kexalgorithms|ciphers|macs|hostkeyalgorithms|casignaturealgorithms|pubkeyaccepted\w+) /.test(
        line,
      ),
    );
    expect(algorithms).toHaveLength(6);
    expect(algorithms.filter((line) => WEAK.test(line))).toEqual([]);

    const ssh = await container.attemptInNetwork([
      ...['ssh', '-F', 'none', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-i', key.file],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      ...['ansible@127.0.0.1', 'sudo -n id -un; locale charmap'],
    ]);
    expect(ssh).toMatchObject({ exitCode: 0, stdout: 'root\nUTF-8' });

    const { failures } = await collectionTests(container, readManifest(image));
    expect(failures).toEqual([]);
  }
});
