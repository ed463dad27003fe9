import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { UserError } from './errors.ts';

/** How long to wait for the holder of a lock to say who it is, in ms. */
const ANSWER_TIME = 1000;

/**
 * Makes sure that one process at a time works in a folder. The lock is a socket in the kernel's
 * abstract namespace (unix(7)): it is taken in one step and vanishes with the process, however that
 * ends, so that there are no stale locks.
 *
 * @param what named in the message: the profile
 * @returns the undo
 * @throws UserError when another process is at work there
 */
export async function withLock(directory: string, what: string): Promise<() => void> {
  const digest = createHash('sha256').update(realpathSync(directory)).digest('hex');
  const name = `\0mkimage-${digest.slice(0, 32)}`;
  const server = await listen(name);
  if (server === undefined) {
    const holder = await askHolder(name);
    throw new UserError(
      `${what} is being built already${holder === '' ? '' : `, by process ${holder}`}`,
      {
        hint: 'wait for it to end, or choose another folder with --output-dir',
      },
    );
  }
  return () => {
    server.close();
  };
}

function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(String(process.pid));
    });
    server.unref();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      resolve(server);
    });
  });
}

/** @returns the process number, or '' when there is no answer */
function askHolder(name: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(name);
    socket.setEncoding('utf8');
    socket.setTimeout(ANSWER_TIME, () => socket.destroy());
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(answer);
    });
  });
}
