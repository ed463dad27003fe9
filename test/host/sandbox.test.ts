import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { describeUnless, type SkipReason } from '../support/test-unless.ts';
import { bundle } from './support/bundle.ts';
import { findOrdinaryUser, type OrdinaryUser } from './support/ordinary-user.ts';
import { temporaryDirectory } from './support/temporary.ts';

const program = bundle('hold-sandbox', temporaryDirectory());
const TIMEOUT = 60_000;
let markers = 0;

interface Held {
  readonly child: ChildProcess;
  readonly marker: string;
  readonly findings: Readonly<Record<string, unknown>> & { readonly directory: string };
  readonly stderr: () => string;
}

/** Starts hold-sandbox.ts and waits until it has looked around and holds the sandbox. */
async function hold(user: OrdinaryUser, memory = 'auto'): Promise<Held> {
  markers += 1;
  const marker = `${process.pid}${markers}.5`;
  const argv = [...user.prefix, process.execPath, program, marker, memory];
  const child = spawn(argv[0] ?? '', argv.slice(1), {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: '/', MKIMAGE_WORKDIR: '/tmp' },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'close').then(() => {
      throw new Error(`hold-sandbox failed:\n${stderr}`);
    }),
  ])) as [string];
  const findings = JSON.parse(line) as Held['findings'];
  return { child, marker, findings, stderr: () => stderr };
}

/** Processes that have the marker in their command line, or the workspace. */
function survivors({ marker, findings }: Held): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((command) => command.includes(marker) || command.includes(findings.directory));
}

async function expectNothingLeft(held: Held): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    if (!existsSync(held.findings.directory) && survivors(held).length === 0) break;
    await sleep(50);
  }
  expect(survivors(held)).toEqual([]);
  expect(existsSync(held.findings.directory)).toBe(false);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(held.findings.directory);
}

function sandboxTests(user: OrdinaryUser, kind: string): void {
  test(
    'what the inside looks like, and that Ctrl-C ends it',
    async () => {
      const held = await hold(user);
      const { findings, child } = held;
      const root = `${findings.directory}/tree/root`;
      const text = (key: string): string => String(findings[key]);
      expect(findings).toMatchObject({
        kind,
        uid: '0',
        umask: '0022',
        stage: 'from outside',
        cwd: root,
        owner: '1234:1234 600',
        reopened: 'oops\n',
        rootUid: '0',
        rootEnvironment: '/root /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin none',
        rootPid1: '/',
        pty: 'a pty',
        throughHook: '/',
      });
      expect(text('temporary')).toMatch(new RegExp(`^${findings.directory}/tmp/`));
      const devices =
        'console fd full null ptmx pts random shm stderr stdin stdout tty urandom zero';
      expect(text('devices').split('\n').join(' ')).toBe(devices);
      expect(text('rootDevices').split('\n').join(' ')).toBe(devices);
      expect(text('rootMounts').split('\n')).toEqual(
        expect.arrayContaining(['/proc', '/sys', '/dev', '/dev/pts', '/dev/shm', '/usr']),
      );
      expect(text('daemonsLeft')).toContain('pgrep failed: exit code 1');
      expect(text('failure')).toBe(
        "sh failed: exit code 4\n  command: sh -c 'echo why >&2; exit 4'\n  last lines:\n    why",
      );
      expect(text('failureInRoot')).toContain(`command: chroot ${root} no-such-command`);
      expect(findings.hostile).toEqual(
        ['dev', 'proc', 'sys'].map((name) =>
          expect.stringContaining(`/tree/hostile-${name}/${name} is not a directory`),
        ),
      );
      // What runInRoot mounts is there for its command only.
      expect(text('mountsOutside')).toContain('exit code 1');
      expect(survivors(held).length).toBeGreaterThan(3);

      child.kill('SIGINT');
      const [exitCode] = (await once(child, 'close')) as [number];
      expect(held.stderr()).toBe('interrupted (SIGINT); everything was cleaned up\n');
      expect(exitCode).toBe(130);
      // Not a moment later: withCleanup has waited for it.
      expect(existsSync(findings.directory)).toBe(false);
      await expectNothingLeft(held);
    },
    TIMEOUT,
  );

  test(
    'nothing is left after SIGKILL of the builder, in memory or on disk',
    async () => {
      for (const memory of ['true', 'false']) {
        const held = await hold(user, memory);
        expect(held.findings.inMemory).toBe(memory === 'true');
        held.child.kill('SIGKILL');
        await once(held.child, 'close');
        await expectNothingLeft(held);
      }
    },
    TIMEOUT,
  );

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    '%s cleans up and exits with %d',
    async (signal, expected) => {
      const held = await hold(user);
      held.child.kill(signal);
      const [exitCode] = (await once(held.child, 'close')) as [number];
      expect(exitCode).toBe(expected);
      await expectNothingLeft(held);
    },
    TIMEOUT,
  );
}

const isRoot = process.geteuid?.() === 0;
const ordinary = findOrdinaryUser();

function reasonAgainstRoot(): SkipReason {
  return isRoot ? undefined : 'needs root';
}

function reasonAgainstUser(): SkipReason {
  return typeof ordinary === 'string' ? ordinary : undefined;
}

describe('sandbox', () => {
  describeUnless(reasonAgainstRoot(), 'as root', () => {
    sandboxTests({ prefix: [] }, 'root');
  });
  describeUnless(reasonAgainstUser(), 'as an ordinary user', () => {
    sandboxTests(typeof ordinary === 'string' ? { prefix: [] } : ordinary, 'user namespace');
  });
});
