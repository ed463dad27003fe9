import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort, requirePort } from '../../build-scripts/boot/port.ts';

test('a free port can be used', async () => {
  const port = await freePort();
  expect(port).toBeGreaterThan(1023);
  await expect(requirePort(port)).resolves.toBeUndefined();
  // It was given back.
  await expect(requirePort(port)).resolves.toBeUndefined();
});

test('a port that somebody uses', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(requirePort(port)).rejects.toMatchObject({
    name: 'UserError',
    message: `port ${port} of 127.0.0.1 is in use`,
    hint: 'choose another one: --ssh PORT',
  });
  server.close();
});

test('a port that can not be', async () => {
  await expect(requirePort(70_000)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringMatching(/^port 70000 of 127\.0\.0\.1 can not be used: .*65536/),
  });
});
