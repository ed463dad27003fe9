import { lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { attempt, run } from '../support/command.ts';
import { needsPrograms, needsRoot, firstReason, needsOrdinaryUser } from '../support/needs.ts';
import { mkimage } from '../support/mkimage.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { describeUnless, testUnless } from '../support/test-unless.ts';
import { listing, unpack } from '../support/unpack.ts';
import { web, webImage, type BuiltImage } from '../support/web-image.ts';

const missing = firstReason(needsRoot, needsPrograms('zstd', 'getcap', 'ssh-keygen'));

describeUnless(missing, 'an image before its first boot', () => {
  let scratch: string;
  let image: BuiltImage;
  let root: string;
  let entries: string[];
  const inRoot = (name: string): string => path.join(root, name);

  beforeAll(async () => {
    scratch = await makeScratch('clean');
    image = await webImage('root');
    root = path.join(scratch, 'root');
    await unpack(image.rootfs, root);
    entries = await listing(image.rootfs);
  });
  afterAll(() => removeScratch(scratch));

  /** Files, links and so on below a folder of the image, without the folders themselves. */
  const filesIn = async (folder: string, ...tests: readonly string[]): Promise<string[]> => {
    const found = await run(['find', folder, '!', '-type', 'd', ...tests], { cwd: root });
    return found.split('\n').filter((name) => name !== '');
  };

  test('its tarball holds folders, files and links only', () => {
    expect(entries.length).toBeGreaterThan(5000);
    expect(entries.filter((line) => !/^[-dlh ]/.test(line))).toEqual([]);
  });

  test('no identity: machine-id, host keys, random seed', async () => {
    expect(statSync(inRoot('etc/machine-id')).size).toBe(0);
    expect(await filesIn('var/lib/dbus', '-name', 'machine-id')).toEqual([]);
    expect(await filesIn('etc/ssh', '-name', '*host*key*')).toEqual([]);
    expect(await filesIn('.', '-name', '*random-seed*', '-not', '-path', './usr/*')).toEqual([]);
  });

  test('no logs, caches, package lists, backups', async () => {
    // Links to documentation are no logs.
    expect(await filesIn('var/log', '-type', 'f')).toEqual([]);
    expect(await filesIn('var/lib/apt/lists')).toEqual([]);
    expect(await filesIn('var/cache/apt', '-not', '-name', 'lock')).toEqual([]);
    expect(await filesIn('etc', '-name', '*-')).toEqual([]);
    expect(await filesIn('tmp')).toEqual([]);
    expect(await filesIn('var/tmp')).toEqual([]);
    expect(await filesIn('run')).toEqual([]);
    expect(await filesIn('dev')).toEqual([]);
  });

  test('no settings of the build', async () => {
    expect(await filesIn('etc', '-name', '*mmdebstrap*')).toEqual([]);
    expect(await filesIn('etc/apt/preferences.d')).toEqual([]);
    expect(await filesIn('usr/sbin/policy-rc.d', '-maxdepth', '0').catch(() => [])).toEqual([]);
    expect(await filesIn('.', '-name', 'mkimage*')).toEqual([]);
  });

  test('the resolver is that of the image', async () => {
    expect(readlinkSync(inRoot('etc/resolv.conf'))).toBe('../run/systemd/resolve/stub-resolv.conf');
    // systemd-resolved keeps a copy of what it replaces.
    expect(await filesIn('etc', '-name', '*resolv.conf*', '-type', 'f')).toEqual([]);
  });

  test('host name, time zone, locale as set', () => {
    expect(readFileSync(inRoot('etc/hostname'), 'utf8')).toBe(`${web.name}\n`);
    expect(readFileSync(inRoot('etc/hosts'), 'utf8')).toContain(`127.0.1.1\t${web.name}\n`);
    expect(readlinkSync(inRoot('etc/localtime'))).toBe(`/usr/share/zoneinfo/${web.timezone}`);
    expect(readFileSync(inRoot('etc/default/locale'), 'utf8')).toBe(`LANG=${web.locale}\n`);
  });

  test('file capabilities are kept', async () => {
    expect(await run(['getcap', '-r', root])).toBe(`${inRoot('usr/bin/ping')} cap_net_raw=ep`);
  });

  test('owners and modes are those of Debian', () => {
    const modes = ['etc/shadow', 'usr/bin/passwd', 'tmp', 'root', 'var/mail', 'etc/sudoers.d'];
    expect(
      modes.map((name) => {
        const { mode, uid, gid } = lstatSync(inRoot(name));
        return `${name} ${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
      }),
    ).toEqual([
      'etc/shadow 640 0:42',
      'usr/bin/passwd 4755 0:0',
      'tmp 1777 0:0',
      'root 700 0:0',
      'var/mail 2775 0:8',
      'etc/sudoers.d 755 0:0',
    ]);
  });

  /** Lines of files that name the build host, its paths or its user. */
  const tracesIn = async (directory: string, traces: readonly string[]): Promise<string> => {
    const patterns = traces.flatMap((trace) => ['--regexp', trace]);
    const command = ['grep', '--recursive', '--text', '--only-matching', '--fixed-strings'];
    const { exitCode, stdout } = await attempt([...command, ...patterns, '.'], { cwd: directory });
    // 1: nothing found. 2 would be: not looked.
    return exitCode === 1 ? '' : `exit code ${String(exitCode)}: ${stdout}`;
  };

  test('no trace of the build host', async () => {
    expect(await tracesIn(root, image.traces)).toBe('');
    expect(await tracesIn(root, ['/mkimage-'])).toBe('');
  });

  testUnless(needsOrdinaryUser(), 'no trace of the user who built it', async () => {
    const byUser = await webImage('ordinary user');
    const directory = path.join(scratch, 'by-user');
    await unpack(byUser.rootfs, directory);
    expect(await tracesIn(directory, byUser.traces)).toBe('');
  });

  test('the search for traces would find one', async () => {
    expect(await tracesIn(inRoot('etc'), [web.name])).toContain(`./hostname:${web.name}`);
  });

  describe('secrets', () => {
    const secrets = [web.password, web.rootPassword];

    test('are in no published file, log or output', async () => {
      // Leaves out nothing but the symlinks, which lead to files in the same folder.
      expect(await tracesIn(image.directory, secrets)).toBe('');
      expect(image.stdout + image.stderr).not.toContain(web.password);
      expect(image.stdout + image.stderr).not.toContain(web.rootPassword);
      expect(readFileSync(image.log, 'utf8')).toContain('21-passwords.chroot');
    });

    test('are not in the plan', async () => {
      for (const args of [[], ['--json']]) {
        const { exitCode, stdout, stderr } = await mkimage(['plan', ...args, image.profile], {
          env: { WEB_ROOT_PASSWORD: web.rootPassword },
        });
        expect(exitCode).toBe(0);
        expect(stdout).toContain('base.root-password');
        for (const secret of secrets) expect(stdout + stderr).not.toContain(secret);
      }
    });

    test('are in no file of the image', async () => {
      expect(await tracesIn(root, secrets)).toBe('');
    });

    test.each([
      ['root', web.rootPassword],
      [web.login, web.password],
    ])('of %s: the yescrypt hash fits', async (user, password) => {
      const shadow = readFileSync(inRoot('etc/shadow'), 'utf8').split('\n');
      const [, hash = ''] =
        shadow.map((line) => line.split(':')).find(([name]) => name === user) ?? [];
      expect(hash).toMatch(/^\$y\$/);
      const perl = 'local $/; print crypt(<STDIN>, $ARGV[0])';
      expect(await run(['perl', '-e', perl, hash], { input: password })).toBe(hash);
      expect(await run(['perl', '-e', perl, hash], { input: `${password}!` })).not.toBe(hash);
    });

    test('users without a password have none', () => {
      const shadow = readFileSync(inRoot('etc/shadow'), 'utf8');
      expect(shadow).toMatch(new RegExp(`^${web.outsider}:\\*:`, 'm'));
      expect(shadow).toMatch(/^ansible:\*:/m);
    });
  });
});
