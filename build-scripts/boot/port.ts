import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { UserError } from '../host/errors.ts';

/** A TCP port of 127.0.0.1 that nobody uses right now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** @throws UserError when somebody uses the port, or it may not be used */
export async function requirePort(port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      code === 'EADDRINUSE'
        ? `port ${port} of 127.0.0.1 is in use`
        : `port ${port} of 127.0.0.1 can not be used: ${(error as Error).message}`,
      { hint: 'choose another one: --ssh PORT', cause: error },
    );
  }
}
