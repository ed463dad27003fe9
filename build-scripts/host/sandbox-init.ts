import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { BuildLog } from './build-log.ts';
import { CommandError } from './errors.ts';
import { LineSplitter } from './line-splitter.ts';
import { LineTail } from './output.ts';
import { scriptPath } from './script-path.ts';

/** In a user namespace nothing is allowed that an ordinary user could not do. */
export type SandboxKind = 'root' | 'user namespace';

/** The processes of sandbox-init.sh, which hold a sandbox open. */
export interface SandboxInit {
  /** PID 1 of the sandbox, as it is called out here. */
  readonly pid: number;
  /** Whether `tree/` is a tmpfs. */
  readonly inMemory: boolean;
  /** Then `pid` may already be somebody else's. */
  hasEnded(): boolean;
  /** Lets it kill everything inside, remove the workspace and end; waits for that. */
  end(): Promise<void>;
}

export interface InitOptions {
  readonly workspace: string;
  /** Size limit of the tmpfs on `tree/` in bytes, 0 for none. */
  readonly memory: number;
  readonly kind: SandboxKind;
  readonly log?: BuildLog | undefined;
}

/**
 * Starts sandbox-init.sh and waits until it is ready.
 * @throws CommandError when it ends instead; the workspace is gone then
 */
export async function startInit(options: InitOptions): Promise<SandboxInit> {
  const { workspace, memory, kind, log } = options;
  const mapsItself = kind === 'user namespace' && process.geteuid?.() === 0;
  const script = ['/bin/sh', scriptPath('sandbox-init.sh'), workspace, String(memory)];
  const argv = [...wrapper(kind, mapsItself), ...script];
  const [file = '', ...args] = argv;
  // `input` is left open: its end, by whatever means, is what ends the sandbox.
  const child = execa(file, args, {
    stdin: 'pipe',
    cwd: '/',
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
  let ended = false;
  const tail = new LineTail(15);
  const errors = new LineSplitter((line) => {
    tail.push(line);
    log?.write(line);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors.push(chunk);
  });
  const result = Promise.resolve(child).then((outcome) => {
    ended = true;
    errors.end();
    return outcome;
  });

  const ready = await new Promise<RegExpExecArray | undefined>((resolve) => {
    const lines = new LineSplitter((line) => {
      const [, pid] = /^map (\d+)$/.exec(line) ?? [];
      if (pid === undefined) resolve(/^ready (\d+) (memory|disk)$/.exec(line) ?? undefined);
      else
        mapIds(pid).then(
          () => child.stdin.write('\n'),
          () => child.stdin.end(),
        );
    });
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      lines.push(chunk);
    });
    void result.then(() => {
      resolve(undefined);
    });
  });
  if (ready === undefined) {
    child.stdin.end();
    const { exitCode, signal } = await result;
    const lastLines = tail.lines();
    throw new CommandError({ command: argv, exitCode, signal, lastLines, logFile: log?.path });
  }
  return {
    pid: Number(ready[1]),
    inMemory: ready[2] === 'memory',
    hasEnded: () => ended,
    async end() {
      child.stdin.end();
      await result;
    },
  };
}

function wrapper(kind: SandboxKind, mapsItself: boolean): readonly string[] {
  if (kind === 'root') return [];
  if (!mapsItself) return ['unshare', '--user', '--map-auto', '--map-root-user', '--'];
  // Root has no line in /etc/subuid, and may write the maps itself.
  const wait = 'echo "map $$"; read -r _ || exit; exec "$@"';
  return ['unshare', '--user', '--', '/bin/sh', '-c', wait, 'sh'];
}

/** Of this process, root's own; the others are ids that no /etc/subuid gives to anybody. */
const ID_MAP = `0 0 1\n1 ${2 ** 30} 65535\n`;

async function mapIds(pid: string): Promise<void> {
  await writeFile(`/proc/${pid}/uid_map`, ID_MAP);
  await writeFile(`/proc/${pid}/gid_map`, ID_MAP);
}
