/**
 * Takes the lock of a folder, says `locked` and holds it until stdin ends. For lock.test.ts.
 *
 *     hold-lock FOLDER
 */
import { once } from 'node:events';
import { formatError } from '../../../build-scripts/host/errors.ts';
import { withLock } from '../../../build-scripts/host/lock.ts';

try {
  const unlock = await withLock(process.argv[2] ?? '', 'web');
  process.stdout.write('locked\n');
  // Nothing but stdin keeps this process alive.
  process.stdin.resume();
  await once(process.stdin, 'end');
  unlock();
} catch (error) {
  process.stderr.write(`${formatError(error)}\n`);
  process.exitCode = 1;
}
