import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from '../host/process.ts';
import type { Sandbox } from '../host/sandbox.ts';
import type { HostTool } from '../host/tools.ts';
import { unpackRoot } from '../host/unpack-root.ts';
import { Console } from './console.ts';
import { COMMAND_SECONDS, GuestError, type Guest } from './guest.ts';

/** What starting a container needs from the host. */
export const CONTAINER_TOOLS: readonly HostTool[] = [
  { command: 'systemd-nspawn', package: 'systemd-container' },
  { command: 'nsenter', package: 'util-linux' },
];

export interface ContainerOptions {
  /** zstd-compressed root file system. */
  readonly tarball: string;
  /** Holds the unpacked copy; all ends with it. */
  readonly sandbox: Sandbox;
  readonly onConsole?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const BOOT_SECONDS = 120;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** @param root the unpacked root; the container has a network of its own, without a way out */
export function nspawnCommand(root: string, console: 'interactive' | 'read-only'): string[] {
  return [
    ...['systemd-nspawn', '--quiet', '--boot', `--directory=${root}`],
    // Without systemd on the host, too.
    ...['--register=no', '--keep-unit', '--settings=no', '--link-journal=no'],
    // Nothing of the host's: these settings are the image's, and are tested.
    ...['--timezone=off', '--resolv-conf=off', '--private-network', `--console=${console}`],
  ];
}

/** A container, and what only containers can do. */
export interface Container extends Guest {
  /** Puts in front of a command what makes it run in the container's network, on the host. */
  readonly inNetwork: readonly string[];
}

/**
 * Boots a root file system in a container and waits until its boot is over.
 * @throws GuestError that says how it failed to boot
 */
export async function bootContainer(options: ContainerOptions): Promise<Container> {
  const { sandbox, signal } = options;
  const console = new Console();
  const root = path.join(sandbox.tree, 'root');
  await unpackRoot(options.tarball, root, sandbox);
  const began = Date.now();
  const nspawn = sandbox.start(nspawnCommand(root, 'read-only'), {
    onOutput(text) {
      console.push(text);
      options.onConsole?.(text);
    },
  });
  const abort = (): void => {
    void nspawn.kill();
  };
  signal?.addEventListener('abort', abort, { once: true });
  const over = nspawn.ended.then(() => {
    signal?.removeEventListener('abort', abort);
    console.end();
  });
  const failure = (message: string): GuestError =>
    new GuestError(message, [], console.lastLines(25));
  const requireAlive = (): void => {
    signal?.throwIfAborted();
    if (nspawn.hasEnded()) throw failure('the container has ended');
  };
  const stop = async (): Promise<void> => {
    await nspawn.kill();
    await over;
  };
  const enter = (pid: number): string[] => ['nsenter', '--target', String(pid)];
  const attempt = async (
    pid: number,
    command: string,
    seconds: number,
  ): Promise<{ exitCode: number; output: string }> => {
    const { stdout, exitCode } = await runCommand(
      [
        ...[...enter(pid), '--all', '--', 'timeout', '--kill-after=5', String(seconds)],
        ...['sh', '-c', `exec 2>&1; cd /; ${command}`],
      ],
      {
        env: { PATH, HOME: '/root' },
        extendEnv: false,
        allowExitCodes: Array.from({ length: 256 }, (_, code) => code),
        signal,
      },
    );
    return { exitCode, output: stdout.trimEnd() };
  };

  try {
    const deadline = began + BOOT_SECONDS * 1000;
    const patience = async (what: string): Promise<void> => {
      requireAlive();
      if (Date.now() > deadline) throw failure(`the container does not ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    let pid: number | undefined;
    while ((pid = initBelow(nspawn.pid)) === undefined) await patience('start');
    const init = pid;
    let state = '';
    while (!/^(running|degraded|maintenance)$/.test(state)) {
      await patience('finish its boot');
      state = (await attempt(init, 'systemctl is-system-running', 10)).output;
    }
    if (state === 'maintenance') throw failure('the boot ends in emergency mode');
    return {
      kind: 'container',
      bootSeconds: (Date.now() - began) / 1000,
      state,
      inNetwork: [...enter(init), '--net', '--'],
      async attempt(command, seconds = COMMAND_SECONDS) {
        requireAlive();
        return attempt(init, command, seconds);
      },
      async powerOff() {
        if (nspawn.hasEnded()) return;
        await attempt(init, 'systemctl poweroff', 30).catch(() => undefined);
        if (await console.until(() => nspawn.hasEnded(), 60)) return;
        await stop();
        throw failure('the container does not power off');
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** PID, on the host, of the process below `ancestor` that is PID 1 of the innermost namespace. */
export function initBelow(ancestor: number): number | undefined {
  const parents = new Map<number, number>();
  const inits: { pid: number; depth: number }[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const status = readFileSync(`/proc/${entry}/status`, 'utf8');
      parents.set(Number(entry), Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]));
      const spaces = /^NSpid:\s*(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
      if (spaces.at(-1) === '1') inits.push({ pid: Number(entry), depth: spaces.length });
    } catch {
      // It is gone already.
    }
  }
  const isBelow = (pid: number | undefined): boolean => {
    while (pid !== undefined && pid > 1) {
      pid = parents.get(pid);
      if (pid === ancestor) return true;
    }
    return false;
  };
  return inits.filter(({ pid }) => isBelow(pid)).sort((a, b) => b.depth - a.depth)[0]?.pid;
}
