import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeKey } from '../../build-scripts/boot/guest-tests.ts';
import { attempt, run } from './command.ts';
import { imageOf, type Image } from './mkimage.ts';
import { isRoot, project } from './needs.ts';
import { once, sharedFolder } from './once.ts';
import { as, ordinaryUser } from './ordinary-user.ts';

/**
 * The image that most tests look at: deb12-amd64-lxc with every kind of option set. It is built
 * once as root and once as an ordinary user, on a host with a name of its own, side by side.
 */

export const web = {
  name: 'web1',
  description: 'Web server of the tests',
  timezone: 'Europe/Berlin',
  locale: 'de_DE.UTF-8',
  interface: 'eth7',
  address: '192.0.2.10/24',
  gateway: '192.0.2.1',
  /** May log in over ssh and has a password. */
  login: 'alice',
  /** Has a key, but is not in ssh.login-users. */
  outsider: 'mallory',
  password: 'Vier-Katzen-im-Regen-17',
  rootPassword: 'Drei-Hunde-in-der-Sonne-42',
} as const;

/** What the build host is called in these builds. Must not be found in an image. */
export const BUILD_HOST = 'mkimage-test-build-host';

/** The builder of the images; a build by root does not need to be tried where tests run without. */
export type Builder = 'root' | 'ordinary user';

/** The private key that `ansible`, login and outsider have in their authorized keys. */
export function testKey(): Promise<{ file: string; public: string }> {
  return once('key', async (folder) => {
    const file = path.join(folder, 'id_ed25519');
    const publicKey = await makeKey(file);
    if (publicKey === undefined) throw new Error('ssh-keygen is not installed');
    return { file, public: publicKey };
  });
}

async function writeProfile(folder: string): Promise<string> {
  const key = await testKey();
  await writeFile(path.join(folder, 'alice.password'), `${web.password}\n`, { mode: 0o600 });
  const file = path.join(folder, `${web.name}.yml`);
  await writeFile(
    file,
    `description: ${web.description}
extends: deb12-amd64-lxc
packages: [iputils-ping]
seed: integration test
options:
  base.hostname: ${web.name}
  base.timezone: ${web.timezone}
  base.locale: ${web.locale}
  base.root-password: {env: WEB_ROOT_PASSWORD}
  base.users:
    - {name: ${web.login}, password: {file: alice.password}, sudo: password}
    - {name: ${web.outsider}, ssh-keys: ["${key.public}"]}
  ansible.authorized-keys: ["${key.public}"]
  ssh.login-users: [${web.login}]
  ssh.authorized-keys:
    ${web.login}: ["${key.public}"]
  network.interfaces:
    - {name: ${web.interface}, addresses: [${web.address}], gateways: [${web.gateway}]}
`,
  );
  return file;
}

/** Paths and names of the build that must not be in the image. */
export interface BuiltImage extends Image {
  readonly profile: string;
  readonly traces: readonly string[];
}

/** Midnight: the same for all builds, and no file of a package is younger. */
export const epoch = (): Promise<string> =>
  once('epoch', () => Promise.resolve(String(Math.floor(Date.now() / 86_400_000) * 86_400)));

/** The image as built by `builder`; the first caller builds. */
export function webImage(builder: Builder): Promise<BuiltImage> {
  return once(builder === 'root' ? 'web-root' : 'web-user', async (folder) => {
    const user = builder === 'root' || !isRoot ? undefined : await ordinaryUser();
    const home = user === undefined ? folder : path.join(user.home, 'web');
    const work = path.join(home, 'work');
    await mkdir(work, { recursive: true });
    const profile = await writeProfile(home);
    if (user !== undefined) await run(['chown', '--recursive', `${user.name}:`, home]);
    const checkout = user?.checkout ?? project;
    const output = path.join(home, 'images');
    const command = [
      path.join(checkout, 'mkimage'),
      ...['--plain', '--workdir', work, '-O', output, profile],
    ];
    const argv = user === undefined ? command : as(user, command);
    const outcome = await attempt(isRoot ? [...onHost(BUILD_HOST), ...argv] : argv, {
      cwd: home,
      env: { SOURCE_DATE_EPOCH: await epoch(), WEB_ROOT_PASSWORD: web.rootPassword, TERM: 'xterm' },
    });
    if (outcome.exitCode !== 0) {
      throw new Error(`${builder}: exit code ${String(outcome.exitCode)}\n${outcome.stderr}`);
    }
    return {
      ...imageOf(path.join(output, web.name), outcome),
      profile,
      traces: [
        sharedFolder(),
        checkout,
        ...(isRoot ? [BUILD_HOST] : []),
        ...(user === undefined ? [] : [user.name]),
      ],
    };
  });
}

/** Runs a command on a host with that name. */
const onHost = (name: string): string[] => [
  ...['unshare', '--uts', '--', 'sh', '-c', 'hostname "$1"; shift; exec "$@"', 'sh', name],
];
