import { UserError } from './errors.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACES = ['\u007f', '\b'];

/**
 * Asks for a secret on the terminal, without showing what is typed. Not while live progress is shown,
 * which keeps back what others write. A Ctrl-C is a SIGINT, as in the terminal's usual mode.
 * @returns what was typed, without the line break
 * @throws UserError when there is no terminal; the reason of the signal when that aborts
 */
export async function promptSecret(question: string, signal?: AbortSignal): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) {
    throw new UserError(`${question}: there is no terminal to ask on`, {
      hint: 'give a file or an environment variable instead of a prompt',
    });
  }
  signal?.throwIfAborted();
  stderr.write(`${question}: `);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  const reader = lineReader(() => {
    process.kill(process.pid, 'SIGINT');
    // Else the one who listens for SIGINT aborts the signal.
    if (signal === undefined) reader.fail(new UserError('no passphrase was given'));
  });
  const abort = (): void => {
    reader.fail(signal?.reason);
  };
  signal?.addEventListener('abort', abort, { once: true });
  stdin.on('data', reader.onData);
  try {
    return await reader.line;
  } finally {
    stdin.off('data', reader.onData);
    signal?.removeEventListener('abort', abort);
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

/** Collects keys until the line is over. */
function lineReader(onInterrupt: () => void): {
  readonly line: Promise<string>;
  readonly onData: (keys: string) => void;
  readonly fail: (reason: unknown) => void;
} {
  let typed = '';
  let finish: (line: string) => void = () => undefined;
  let fail: (reason: unknown) => void = () => undefined;
  const line = new Promise<string>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  return {
    line,
    fail,
    onData(keys) {
      for (const key of keys) {
        if (key === CTRL_C) {
          onInterrupt();
        } else if (key === '\r' || key === '\n' || key === CTRL_D) {
          finish(typed);
        } else {
          typed = BACKSPACES.includes(key) ? typed.slice(0, -1) : typed + key;
        }
      }
    },
  };
}
