import { execa } from 'execa';
import { killGroup, trackGroup } from './children.ts';
import { withSystemFolders } from './find-program.ts';
import { startFailure } from './running-command.ts';

export interface StartedProcess {
  readonly pid: number;
  /** To its stdin. Does nothing when it has ended. */
  readonly write: (text: string) => void;
  readonly hasEnded: () => boolean;
  /** Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Ends it at once, with everything it has started, and waits for that. */
  kill(): Promise<void>;
}

export interface ProcessEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Why it could not be started. */
  readonly failure: string | undefined;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Gets stdout and stderr as they come. */
  readonly onOutput: (text: string) => void;
}

/**
 * Starts a program that runs beside this one and is talked to: a virtual machine, a container. It
 * leads a session of its own, so Ctrl-C is not for it; it ends with this process, whatever ends that.
 */
export function startProcess(argv: readonly string[], options: StartOptions): StartedProcess {
  const child = execa('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
    env: { ...options.env, PATH: withSystemFolders() },
    stdin: 'pipe',
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
  const untrack = child.pid === undefined ? undefined : trackGroup(child.pid);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', options.onOutput);
  }
  // It may end while something is written to it.
  child.stdin.on('error', () => undefined);
  let over = false;
  const ended = (async (): Promise<ProcessEnd> => {
    const { exitCode, signal, cause } = await child;
    over = true;
    untrack?.();
    const started = exitCode !== undefined || signal !== undefined;
    return { exitCode, signal, failure: started ? undefined : startFailure(cause) };
  })();
  return {
    pid: child.pid ?? 0,
    write(text) {
      if (!over) child.stdin.write(text);
    },
    hasEnded: () => over,
    ended,
    async kill() {
      if (child.pid !== undefined && !over) killGroup(child.pid);
      await ended;
    },
  };
}
