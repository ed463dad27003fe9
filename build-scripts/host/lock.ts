import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.ts';

/**
 * Takes the lock of a folder: `.lock` with the number of this process. A lock whose process is gone
 * is taken over.
 * @returns the undo
 * @throws UserError when another process is at work there
 */
export function withLock(directory: string, what: string): Promise<() => void> {
  const file = path.join(directory, '.lock');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const fd = openSync(file, 'wx');
      writeSync(fd, String(process.pid));
      closeSync(fd);
      return Promise.resolve(() => {
        rmSync(file, { force: true });
      });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST')
        throw new UserError(`${directory} is not writable: ${message}`, { cause: error });
      const owner = ownerOf(file);
      if (owner !== undefined && isAlive(owner)) {
        throw new UserError(`${what} is being built already, by process ${owner}`, {
          hint: `wait for it, or if that is something else: rm ${file}`,
        });
      }
      rmSync(file, { force: true });
    }
  }
  throw new UserError(`could not take the lock ${file}`);
}

function ownerOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
