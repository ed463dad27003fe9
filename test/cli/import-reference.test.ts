import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { importReference } from '../../build-scripts/cli/import-reference.ts';
import { captured } from '../support/captured.ts';
import { temporaryFolder } from '../support/project.ts';

/** A folder with a profile of the reference, and files beside it. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

const HEAD = "DBUILD_TARGET_COLLECTIONS='lxc'\nOFEAT_CRON=0\n";

async function run(
  text: string,
  files: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string; stderr: string }> {
  const folder = folderWith({ ...files, profile: `${HEAD}${text}` });
  return captured(() => importReference({ file: path.join(folder, 'profile') }));
}

describe('-o', () => {
  const text = `${HEAD}OCONF_INSTALL_ROOT_PASSWORD='s3cret'\nOFEAT_NO_SUCH=1\n`;

  test('writes the profile, and secrets to files that nobody else can read', async () => {
    const folder = folderWith({ profile: text });
    const output = path.join(folder, 'web1.yml');
    const { stdout, stderr } = await captured(() =>
      importReference({ file: path.join(folder, 'profile'), output }),
    );
    expect(stdout).toBe('');
    expect(stderr).toBe(
      [
        'profile:4: OFEAT_NO_SUCH: is no option of the reference',
        `the secret OCONF_INSTALL_ROOT_PASSWORD is in ${folder}/web1.root-password: keep it out of git`,
        `mkimage: 1 thing was not carried over; next: mkimage check ${output}`,
        '',
      ].join('\n'),
    );
    expect(readFileSync(output, 'utf8')).toContain('{file: web1.root-password}');
    const secret = path.join(folder, 'web1.root-password');
    expect(readFileSync(secret, 'utf8')).toBe('s3cret\n');
    expect(statSync(secret).mode & 0o777).toBe(0o600);
  });

  test.each(['web1.yml', 'web1.root-password'])('writes nothing over: %s', async (present) => {
    const folder = folderWith({ profile: text, [present]: 'mine' });
    const output = path.join(folder, 'web1.yml');
    await expect(
      captured(() => importReference({ file: path.join(folder, 'profile'), output })),
    ).rejects.toThrow(`${path.join(folder, present)} exists already`);
    expect(readFileSync(path.join(folder, present), 'utf8')).toBe('mine');
    expect(
      ['web1.yml', 'web1.root-password'].filter((name) => existsSync(path.join(folder, name))),
    ).toEqual([present]);
  });

  test('makes the folder, such as profiles/local of a fresh checkout', async () => {
    const folder = folderWith({ profile: text });
    const output = path.join(folder, 'profiles/local/web1.yml');
    await captured(() => importReference({ file: path.join(folder, 'profile'), output }));
    expect(readdirSync(path.dirname(output))).toEqual(['web1.root-password', 'web1.yml']);
  });

  test.each([
    ['profile/web1.yml', 'can not be made'],
    ['web1', 'web1 has not the ending of a profile'],
  ])('%s', async (name, message) => {
    const folder = folderWith({ profile: text });
    const output = path.join(folder, name);
    await expect(
      captured(() => importReference({ file: path.join(folder, 'profile'), output })),
    ).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual(['profile']);
  });
});

describe('what can not be read', () => {
  test.each([
    ['absent', {}, 'there is no file'],
    ['.', {}, 'is not a file'],
    ['large', { large: 'A=b\n'.repeat(100_000) }, 'is larger than 256 KiB'],
    ['binary', { binary: 'A=\0' }, 'is not a text file'],
  ])('%s', async (name, files, message) => {
    const file = path.join(folderWith(files), name);
    await expect(captured(() => importReference({ file }))).rejects.toThrow(message);
  });
});

describe('included files', () => {
  const outside =
    'includes a file, which is not read: it lies outside of the folder of the profile';

  test('are looked for beside the file that includes them', async () => {
    const { stdout } = await run('. ./common/a\n', {
      'common/a': '. ./b\n. ../c\n',
      'common/b': 'OCONF_HOSTNAME=web1\n',
      c: 'OCONF_TIMEZONE=UTC\n',
    });
    expect(stdout).toContain('# OCONF_HOSTNAME (common/b:1)\n  base.hostname: web1');
    expect(stdout).toContain('# OCONF_TIMEZONE (c:1)\n  base.timezone: UTC');
  });

  test.each(['/etc/hostname', '../../etc/hostname', './a/../../x', '.', '..', './'])(
    '%s is not read',
    async (name) => {
      expect((await run(`. ${name}\n`)).stderr).toMatch(/includes a file, which is not/);
    },
  );

  test('links do not lead out of the folder', async () => {
    const elsewhere = folderWith({ secret: 'OCONF_HOSTNAME=web1\n' });
    const folder = folderWith({ profile: `${HEAD}. ./link\n. ./folder/secret\n` });
    symlinkSync(path.join(elsewhere, 'secret'), path.join(folder, 'link'));
    symlinkSync(elsewhere, path.join(folder, 'folder'));
    const { stdout, stderr } = await captured(() =>
      importReference({ file: path.join(folder, 'profile') }),
    );
    expect(stdout).not.toContain('web1');
    expect(stderr).toContain(`profile:3: ${outside}\nprofile:4: ${outside}\n`);
  });
});

describe('values', () => {
  test('can not end a comment or move the cursor', async () => {
    const { stdout, stderr } = await run(
      "OCONF_HOSTNAME='x\nsuite: evil \u001b[2J\u2028\u202e'\nOFEAT_LOGIN_USER=2\n",
    );
    // eslint-disable-next-line no-control-regex -- exactly these
    expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u2028\u202e]/);
    expect(stdout).not.toMatch(/^suite: evil/m);
  });

  test.each([
    ['OCONF_TIMEZONE=Mars/Olympus', '"Mars/Olympus" is not a time zone'],
    ['DBUILD_TARGET_CODENAME=buster', 'buster'],
    ['OCONF_LOGIN_UID=abc', 'OCONF_LOGIN_UID'],
    ['OCONF_PKG_INSTALL="htop Not_A_Package"', '"Not_A_Package" is not a package name'],
    ['OFEAT_UNPRIV_USER=yes', '"yes" is neither 0 nor 1, which the reference takes for 0'],
    ['OCONF_UNPRIV_UID=5\nOFEAT_UNPRIV_USER=0', 'OFEAT_UNPRIV_USER is not 1'],
    ['OCONF_HW_ROOT_DISK_SIZE=20G', 'hardware'],
    ['OCONF_HOSTNAM=x', 'was it to be OCONF_HOSTNAME?'],
    ['x=1', 'no value here is made of it'],
  ])('%s is listed', async (text, message) => {
    const { stdout, stderr } = await run(`${text}\n`);
    expect(stderr).toContain(message);
    expect(stderr).toContain('profile:3: ');
    expect(stdout).toContain(`#   ${stderr.split('\n')[0] ?? ''}`);
  });

  test('of one entry: the one that is wrong is named, the others go with it', async () => {
    const { stderr } = await run(
      [
        "DBUILD_TARGET_COLLECTIONS='targets/vm/kvm/default'",
        'OFEAT_NETCONFIG_IP4_STATIC=1',
        'OCONF_NETCONFIG_IP4_STATIC=192.0.2.5',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe(
      [
        'profile:4: OFEAT_NETCONFIG_IP4_STATIC: is not written without OCONF_NETCONFIG_IP4_STATIC',
        'profile:5: OCONF_NETCONFIG_IP4_STATIC: "192.0.2.5" is not an address with prefix length',
        'mkimage: 2 things were not carried over',
        '',
      ].join('\n'),
    );
  });

  test('of a list: only the wrong word is lost', async () => {
    const { stdout, stderr } = await run(
      "OFEAT_WEB_PROXY=1\nOCONF_WEB_NO_PROXY='.example.org ex_ample'\n",
    );
    expect(stdout).toContain('web-proxy.exceptions: [.example.org]\n');
    expect(stderr).toContain('profile:4: OCONF_WEB_NO_PROXY: "ex_ample" does not match');
  });

  test('an empty user id is not 0', async () => {
    const { stdout } = await run("OCONF_LOGIN_UID=''\nOFEAT_CTRL_USER=1\nOCONF_CTRL_UID=''\n");
    expect(stdout).toContain('- name: cosmo\n      comment');
    expect(stdout).not.toMatch(/uid: 0/);
  });

  test('without an ssh server, it is the reason why keys go', async () => {
    const { stderr } = await run("OFEAT_SSHD_CONFIG=0\nOCONF_LOGIN_SSH_KEY='ssh-ed25519 x'\n");
    expect(stderr).toContain(
      'OCONF_LOGIN_SSH_KEY: has no effect there: OFEAT_SSHD_CONFIG is not 1\n',
    );
  });

  test('that only ours asks for are listed', async () => {
    const { stderr } = await run("DBUILD_TARGET_COLLECTIONS='hardware/uefi proxmox-pve'\n");
    expect(stderr).toMatch(/"proxmox-pve" is to be told here: .*proxmox-pve\.key/);
  });
});
