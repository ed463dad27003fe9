import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/command.ts';
import { bootLxc, bootNspawn, type Container } from '../support/container.ts';
import { collectionTests } from '../support/collection-tests.ts';
import { readManifest } from '../support/mkimage.ts';
import {
  firstReason,
  needsContainers,
  needsOrdinaryUser,
  needsPrograms,
} from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { describeUnless } from '../support/test-unless.ts';
import { unpack, unpackUnprivileged } from '../support/unpack.ts';
import { testKey, web, webImage, type Builder, type BuiltImage } from '../support/web-image.ts';

const missing = firstReason(needsContainers(), needsPrograms('zstd', 'ssh', 'ssh-keygen'));

interface Way {
  readonly builder: Builder;
  readonly starts: 'systemd-nspawn' | 'lxc-start';
  readonly unprivileged: boolean;
}
const ways: readonly Way[] = [
  { builder: 'root', starts: 'systemd-nspawn', unprivileged: false },
  { builder: 'ordinary user', starts: 'systemd-nspawn', unprivileged: false },
  { builder: 'root', starts: 'lxc-start', unprivileged: false },
  { builder: 'ordinary user', starts: 'lxc-start', unprivileged: false },
  // As Proxmox VE and Incus do.
  { builder: 'root', starts: 'lxc-start', unprivileged: true },
];

/** Seen by the first boots of copies of one image: what must be different in each. */
const identities: { machineId: string; hostKeys: string[] }[] = [];

for (const { builder, starts, unprivileged } of ways) {
  const kind = unprivileged ? 'unprivileged' : 'privileged';
  const reason = firstReason(missing, builder === 'root' ? undefined : needsOrdinaryUser());

  describeUnless(reason, `built by ${builder}, started by ${starts}, ${kind}`, () => {
    let scratch: string;
    let image: BuiltImage;
    let root: string;
    let container: Container;
    let key: string;

    beforeAll(async () => {
      scratch = await makeScratch('boot');
      image = await webImage(builder);
      key = (await testKey()).file;
      root = path.join(scratch, `root-${process.pid}`);
      if (unprivileged) await unpackUnprivileged(image.rootfs, root);
      else await unpack(image.rootfs, root);
      container = await (starts === 'lxc-start' ? bootLxc(root, unprivileged) : bootNspawn(root));
    });
    afterAll(async () => {
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may not have started
      await container?.stop();
      await removeScratch(scratch);
    });

    test('is running, no unit failed', async () => {
      expect(await container.run(['systemctl', '--failed', '--no-legend', '--plain'])).toBe('');
      expect(container.state).toBe('running');
      expect(await container.run(['systemctl', 'list-jobs', '--no-legend'])).toBe('');
    });

    test('reaches multi-user.target in time', async () => {
      const property = async (name: string, ...unit: readonly string[]): Promise<number> =>
        Number(await container.run(['systemctl', 'show', '--property', name, '--value', ...unit])) /
        1e6;
      const began = await property('UserspaceTimestampMonotonic');
      const reached = await property('ActiveEnterTimestampMonotonic', 'multi-user.target');
      const seconds = reached - began;
      process.stderr.write(`${starts}, ${kind}: multi-user.target after ${seconds.toFixed(2)} s\n`);
      expect(began).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(5);
    });

    test('identities are its own', async () => {
      const machineId = await container.run(['cat', '/etc/machine-id']);
      expect(machineId).toMatch(/^[0-9a-f]{32}$/);
      // Made when sshd runs already: a search for primes takes its time.
      await eventually('there is an RSA key', async () => {
        const { exitCode } = await container.attempt(['test', '-s', '/etc/ssh/ssh_host_rsa_key']);
        return exitCode === 0;
      });
      const hostKeys = await container.run([
        ...['sh', '-c', 'for key in /etc/ssh/ssh_host_*_key; do ssh-keygen -y -f "$key"; done'],
      ]);
      expect(hostKeys.split('\n').map((line) => line.split(' ')[0])).toEqual([
        'ssh-ed25519',
        'ssh-rsa',
      ]);
      const one = {
        machineId,
        hostKeys: hostKeys.split('\n').map((line) => line.split(' ')[1] ?? ''),
      };
      for (const other of identities) {
        expect(one.machineId).not.toBe(other.machineId);
        for (const hostKey of one.hostKeys) expect(other.hostKeys).not.toContain(hostKey);
      }
      identities.push(one);
    });

    test('host name, time zone, locale as set', async () => {
      expect(await container.run(['uname', '-n'])).toBe(web.name);
      expect(await container.run(['date', '--date=2026-07-01T00:00Z', '+%Z %z'])).toBe(
        'CEST +0200',
      );
      expect(await container.run(['localectl', 'status'])).toContain(`LANG=${web.locale}`);
      const { stderr } = await container.attempt(['cat', '/nonexistent'], {
        env: { LANG: web.locale },
      });
      expect(stderr).toContain('Datei oder Verzeichnis nicht gefunden');
    });

    test('names resolve', async () => {
      expect(await container.run(['cat', '/etc/resolv.conf'])).toMatch(
        /^nameserver 127\.0\.0\.53$/m,
      );
      expect(await container.run(['getent', 'hosts', 'localhost'])).toMatch(/localhost/);
    });

    test('networkd configures the interface', async () => {
      const make = ['ip', 'link', 'add', web.interface, 'type', 'veth', 'peer', 'name', 'far-end'];
      await container.run(make);
      await container.run(['ip', 'link', 'set', 'far-end', 'up']);
      const addresses = ['ip', '-brief', '-4', 'address', 'show', web.interface];
      await eventually(`${web.interface} has its address`, async () =>
        (await container.run(addresses)).includes(web.address),
      );
      expect(await container.run(['ip', 'route', 'show', 'default'])).toContain(
        `default via ${web.gateway} dev ${web.interface}`,
      );
    });

    describe('ssh', () => {
      const ssh = (user: string, ...options: readonly string[]) =>
        container.attemptInNetwork([
          ...['ssh', '-F', 'none', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'],
          ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
          ...[...options, '-i', key, '-o', 'IdentitiesOnly=yes', `${user}@127.0.0.1`, 'id', '-un'],
        ]);

      test.each(['ansible', web.login])('%s logs in with the key', async (user) => {
        expect(await ssh(user)).toMatchObject({ exitCode: 0, stdout: user });
      });

      test.each(['root', web.outsider])('%s does not', async (user) => {
        const refused = await ssh(user);
        expect(refused).toMatchObject({ exitCode: 255, stdout: '' });
        expect(refused.stderr).toContain('Permission denied (publickey).');
      });

      test('nobody logs in with a password', async () => {
        const refused = await ssh(web.login, '-o', 'PubkeyAuthentication=no');
        expect(refused).toMatchObject({ exitCode: 255, stdout: '' });
        // The server says what it would have taken.
        expect(refused.stderr).toContain('Permission denied (publickey).');
      });

      test('sshd is as strict as intended', async () => {
        const effective = (await container.run(['sshd', '-T'])).split('\n');
        for (const line of [
          'usepam no',
          'permitrootlogin no',
          'pubkeyauthentication yes',
          'passwordauthentication no',
          'kbdinteractiveauthentication no',
          'hostbasedauthentication no',
          'gssapiauthentication no',
          'authenticationmethods publickey',
          'permitemptypasswords no',
          'allowgroups ssh-login',
          'permittty no',
          'allowtcpforwarding no',
          'allowagentforwarding no',
          'x11forwarding no',
          'kexalgorithms sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,diffie-hellman-group18-sha512,diffie-hellman-group16-sha512',
          'ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes128-ctr',
          'macs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,umac-128-etm@openssh.com',
          'hostkeyalgorithms ssh-ed25519,rsa-sha2-512,rsa-sha2-256',
        ]) {
          expect(effective).toContain(line);
        }
      });
    });

    test('ansible may do everything', async () => {
      const become = ['setpriv', '--reuid=ansible', '--regid=ansible', '--init-groups'];
      expect(await container.run([...become, 'sudo', '-n', 'id', '-un'])).toBe('root');
      expect(
        await container.run([...become, 'python3', '-c', 'import apt; print(apt.__name__)']),
      ).toBe('apt');
    });

    test(`${web.login} has to give the password for sudo`, async () => {
      const become = ['setpriv', `--reuid=${web.login}`, `--regid=${web.login}`, '--init-groups'];
      expect((await container.attempt([...become, 'sudo', '-n', 'true'])).exitCode).toBe(1);
      const given = { input: `${web.password}\n` };
      expect(await container.run([...become, 'sudo', '-S', 'id', '-un'], given)).toBe('root');
      const wrong = { input: 'wrong\n' };
      expect(
        (await container.attempt([...become, 'sudo', '-k', '-S', 'true'], wrong)).exitCode,
      ).toBe(1);
    });

    test("the collections' own tests", async () => {
      const { ran, failures } = await collectionTests(container, readManifest(image));
      expect(failures).toEqual([]);
      expect(ran).toEqual(
        expect.arrayContaining(['base/tests/30-users', 'ssh-strict/tests/30-login']),
      );
    });

    test('powers off', async () => {
      await container.stop();
      expect(readFileSync(path.join(root, 'etc/machine-id'), 'utf8')).toMatch(/^[0-9a-f]{32}\n$/);
    });
  });
}
