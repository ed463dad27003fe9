import { expect, test } from '@jest/globals';
import { withCleanup } from '../../build-scripts/host/cleanup.ts';
import { InterruptedError } from '../../build-scripts/host/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Only for the listeners: jest's process object is a copy that real signals do not reach. They are
 * sent in sandbox.test.ts.
 */
function raise(name: (typeof SIGNALS)[number]): void {
  process.emit(name, name);
}

/** Waits as a command does that was given the signal. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

test('undo runs last in, first out, after the work', async () => {
  const events: string[] = [];
  const result = await withCleanup(async (defer) => {
    defer(() => events.push('first made'));
    defer(async () => {
      await Promise.resolve();
      events.push('last made');
    });
    events.push('work');
    return Promise.resolve(42);
  });
  expect(result).toBe(42);
  expect(events).toEqual(['work', 'last made', 'first made']);
});

test('undo runs after an error, all of it, and every error is told', async () => {
  const events: string[] = [];
  const running = withCleanup((defer) => {
    defer(() => events.push('still runs'));
    defer(() => {
      throw new Error('undo failed');
    });
    return Promise.reject(new Error('work failed'));
  });
  await expect(running).rejects.toMatchObject({
    errors: [new Error('work failed'), new Error('undo failed')],
  });
  expect(events).toEqual(['still runs']);
});

test('a single error is thrown as it is', async () => {
  await expect(withCleanup(() => Promise.reject(new Error('alone')))).rejects.toThrow('alone');
  const failing = withCleanup((defer) => {
    defer(() => {
      throw new Error('undo alone');
    });
    return Promise.resolve();
  });
  await expect(failing).rejects.toThrow('undo alone');
});

test.each(SIGNALS)('%s aborts the work, then undo runs, and it is reported', async (name) => {
  const events: string[] = [];
  const running = withCleanup(async (defer, signal) => {
    defer(() => events.push('undone'));
    setTimeout(() => {
      raise(name);
    }, 10);
    await untilAborted(signal);
  });
  await expect(running).rejects.toEqual(new InterruptedError(name));
  expect(events).toEqual(['undone']);
});

test('a second signal changes nothing, but gets an answer', async () => {
  const said: string[] = [];
  const running = withCleanup(
    async (defer, signal) => {
      defer(async () => {
        raise('SIGINT');
        await new Promise((resolve) => setTimeout(resolve, 50));
        said.push('undone');
      });
      setTimeout(() => {
        raise('SIGINT');
      }, 10);
      await untilAborted(signal);
    },
    { say: (line) => said.push(line) },
  );
  await expect(running).rejects.toThrow(InterruptedError);
  expect(said).toEqual(['still cleaning up, one moment', 'undone']);
});

test('an interruption is reported even when the work got through', async () => {
  const running = withCleanup(async (_, signal) => {
    const aborted = untilAborted(signal).catch(() => 'finished anyway');
    raise('SIGTERM');
    return aborted;
  });
  await expect(running).rejects.toThrow(InterruptedError);
});

test('no signal handler is left behind', async () => {
  const before = SIGNALS.map((name) => process.listenerCount(name));
  await withCleanup(async () => withCleanup(() => Promise.resolve()));
  expect(SIGNALS.map((name) => process.listenerCount(name))).toEqual(before);
});
