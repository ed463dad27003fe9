import { INTERRUPT_EXIT_CODES, InterruptedError, type InterruptSignal } from './errors.ts';
import { isTerminalLent } from './terminal.ts';

/** Takes back one change to the machine. A promise it returns is awaited. */
export type Undo = () => unknown;

/** Registers an undo, to run when the work is over. */
export type Defer = (undo: Undo) => void;

export interface CleanupOptions {
  /** Told, as one line, about a signal that comes while the clean-up already runs. */
  readonly say?: ((line: string) => void) | undefined;
}

const SIGNALS = Object.keys(INTERRUPT_EXIT_CODES) as InterruptSignal[];

/**
 * Runs `work` and then everything it deferred, last in, first out: after a return, an error, and
 * SIGINT, SIGTERM or SIGHUP. Every undo runs, even when one fails.
 *
 * The first signal aborts `signal` with an InterruptedError; `work` is expected to end soon (every
 * command given that signal does). Further signals change nothing: cleaning up is not optional.
 * Nested calls are fine, each cleans up its own. A Ctrl-C while a command has the terminal is the
 * command's (see runInteractive).
 *
 * @throws InterruptedError when a signal came, whatever `work` made of it; else what `work` threw;
 *   with several errors (an undo failed, too) an AggregateError of them
 */
export async function withCleanup<T>(
  work: (defer: Defer, signal: AbortSignal) => Promise<T>,
  options: CleanupOptions = {},
): Promise<T> {
  const say = options.say ?? ((line) => process.stderr.write(`${line}\n`));
  const controller = new AbortController();
  const undos: Undo[] = [];
  const onSignal = (name: InterruptSignal): void => {
    if (name === 'SIGINT' && isTerminalLent()) return;
    if (controller.signal.aborted) say('still cleaning up, one moment');
    else controller.abort(new InterruptedError(name));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    const errors: unknown[] = [];
    let result: { value: T } | undefined;
    try {
      result = { value: await work((undo) => undos.push(undo), controller.signal) };
    } catch (error) {
      errors.push(error);
    }
    for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
      try {
        await undo();
      } catch (error) {
        errors.push(error);
      }
    }
    if (controller.signal.aborted) {
      const reason = controller.signal.reason as unknown;
      const others = errors.slice(result === undefined ? 1 : 0);
      throw others.length === 0 ? reason : new AggregateError([reason, ...others]);
    }
    if (errors.length > 1) throw new AggregateError(errors);
    if (result === undefined) throw errors[0];
    if (errors.length === 1) throw errors[0];
    return result.value;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
