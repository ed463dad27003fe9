import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { initBelow, nspawnCommand } from '../../build-scripts/boot/container.ts';
import { attempt, eventually, run, type CommandOptions, type Outcome } from './command.ts';

/** A started container. Its image is untouched: commands run from outside, by nsenter. */
export interface Container {
  /** What `systemctl is-system-running` said when the boot was over. */
  readonly state: string;
  /** Runs a command inside as root, with nothing but PATH, HOME and `env` in its environment. */
  attempt(argv: readonly string[], options?: CommandOptions): Promise<Outcome>;
  /** The same for a command that has to succeed. @returns its stdout */
  run(argv: readonly string[], options?: CommandOptions): Promise<string>;
  /** Runs a program of the host in the container's network. */
  attemptInNetwork(argv: readonly string[]): Promise<Outcome>;
  /** Shuts it down, and waits until it is off. @throws Error when it does not go */
  stop(): Promise<void>;
}

/** A multiple of 65536: first of as many user ids of an unprivileged container on the host. */
export const FIRST_SUBORDINATE_ID = 8 * 65536;

/** Boots a root directory with systemd-nspawn, without network. */
export async function bootNspawn(root: string): Promise<Container> {
  const nspawn = start(nspawnCommand(root, 'read-only'));
  return booted(nspawn, () => initBelow(nspawn.pid));
}

/**
 * Boots a root directory with lxc-start, without network.
 * @param unprivileged in a user namespace; `root` belongs to {@link FIRST_SUBORDINATE_ID}
 */
export async function bootLxc(root: string, unprivileged = false): Promise<Container> {
  const name = path.basename(root);
  const config = `${root}.lxc.conf`;
  await writeFile(
    config,
    [
      'lxc.include = /usr/share/lxc/config/common.conf',
      ...(unprivileged
        ? [
            'lxc.include = /usr/share/lxc/config/userns.conf',
            `lxc.idmap = u 0 ${FIRST_SUBORDINATE_ID} 65536`,
            `lxc.idmap = g 0 ${FIRST_SUBORDINATE_ID} 65536`,
          ]
        : []),
      'lxc.arch = x86_64',
      `lxc.rootfs.path = dir:${root}`,
      `lxc.uts.name = ${name}`,
      'lxc.net.0.type = empty',
      'lxc.apparmor.profile = unconfined',
      '',
    ].join('\n'),
  );
  const here = ['--lxcpath', path.dirname(root), '--name', name];
  const log = `${root}.lxc.log`;
  const ids = `${root}.subordinate-ids`;
  await writeFile(ids, `root:${FIRST_SUBORDINATE_ID}:65536\n`);
  const lxc = start([
    // Root needs no permission for these ids, but lxc asks newuidmap, which does not know.
    ...['unshare', '--mount', '--', 'sh', '-c', GRANT_IDS, 'sh', ids],
    ...['lxc-start', ...here, '--rcfile', config, '--foreground'],
    ...['--logfile', log, '--logpriority', 'WARN'],
  ]);
  return booted(lxc, () => initOfLxc(here));
}

/** Starts a container that lxc-create made, with its own configuration but for the network. */
export async function startCreated(lxcpath: string, name: string): Promise<Container> {
  const here = ['--lxcpath', lxcpath, '--name', name];
  const lxc = start([
    ...['lxc-start', ...here, '--foreground'],
    ...['--define', 'lxc.net.0.type=empty', '--define', 'lxc.apparmor.profile=unconfined'],
  ]);
  return booted(lxc, () => initOfLxc(here));
}

async function initOfLxc(here: readonly string[]): Promise<number | undefined> {
  const { stdout } = await attempt(['lxc-info', ...here, '--pid', '--no-humanize']);
  const pid = Number(stdout);
  return pid > 0 ? pid : undefined;
}

const GRANT_IDS = 'mount --bind "$1" /etc/subuid; mount --bind "$1" /etc/subgid; shift; exec "$@"';

interface Started {
  readonly pid: number;
  /** What came on its console so far. */
  readonly console: () => string;
  readonly hasEnded: () => boolean;
  readonly kill: () => Promise<void>;
}

function start(argv: readonly string[]): Started {
  const [file = '', ...args] = argv;
  let text = '';
  let ended = false;
  const started = execa(file, args, { stdin: 'ignore', buffer: false, reject: false });
  const collect = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  started.stdout.on('data', collect);
  started.stderr.on('data', collect);
  void started.then(() => {
    ended = true;
  });
  return {
    pid: started.pid ?? 0,
    console: () => text,
    hasEnded: () => ended,
    async kill() {
      started.kill('SIGKILL');
      await started;
    },
  };
}

async function booted(
  started: Started,
  findInit: () => Promise<number | undefined> | number | undefined,
): Promise<Container> {
  const stillUp = (): void => {
    if (started.hasEnded()) throw new Error(`the container ended:\n${started.console()}`);
  };
  try {
    const pid = await eventually('the container starts', () => (stillUp(), findInit()));
    const enter = ['nsenter', '--target', String(pid), '--all', '--'];
    const inside = (options: CommandOptions = {}): CommandOptions => ({
      ...options,
      cleanEnv: true,
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: '/root',
        ...options.env,
      },
    });
    const state = await eventually('the container finishes its boot', async () => {
      stillUp();
      const { stdout } = await attempt([...enter, 'systemctl', 'is-system-running'], inside());
      return /^(running|degraded|maintenance|stopping)$/.test(stdout) && stdout;
    });
    return {
      state,
      attempt: (argv, options) => attempt([...enter, ...argv], inside(options)),
      run: (argv, options) => run([...enter, ...argv], inside(options)),
      attemptInNetwork: (argv) =>
        attempt(['nsenter', '--target', String(pid), '--net', '--', ...argv]),
      async stop() {
        if (started.hasEnded()) return;
        await attempt([...enter, 'systemctl', 'poweroff'], inside());
        await eventually('the container powers off', started.hasEnded, 30).catch(
          async (error: unknown) => {
            await started.kill();
            throw new Error(`${String(error)}\n${started.console()}`);
          },
        );
      },
    };
  } catch (error) {
    await started.kill();
    throw new Error(`${String(error)}\n${started.console()}`, { cause: error });
  }
}
