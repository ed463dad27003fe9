import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { agentArguments, listenForAgent, writeMedium } from '../../build-scripts/boot/agent.ts';
import { pickAccelerator } from '../../build-scripts/boot/accelerator.ts';
import { freePort, requirePort } from '../../build-scripts/boot/port.ts';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), 'mkimage-agent-'));
});
afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** The guest's end: answers as the script of the medium does. */
async function guest(socketPath: string, answers: (command: string) => string): Promise<Socket> {
  const socket = connect(socketPath);
  await once(socket, 'connect');
  createInterface({ input: socket }).on('line', (line) => {
    const [number = '', , command = ''] = line.split(' ');
    const output = answers(Buffer.from(command, 'base64').toString());
    if (output === 'hang up') socket.destroy();
    else socket.write(`${number} 3 ${Buffer.from(`${output}\n`).toString('base64')}\n`);
  });
  socket.write('ready\n');
  return socket;
}

test('commands go in, answers come out', async () => {
  const file = path.join(scratch, 'agent');
  let told = 0;
  const line = await listenForAgent(file, () => {
    told += 1;
  });
  expect(line.isReady()).toBe(false);
  const socket = await guest(file, (command) => `did ${command}\nä`);
  expect(await line.attempt('a "b" $c', 5)).toEqual({ exitCode: 3, output: 'did a "b" $c\nä' });
  expect([line.isReady(), told]).toEqual([true, 1]);
  socket.destroy();
  line.close();
});

test('a guest that is gone gives no answer', async () => {
  const file = path.join(scratch, 'agent');
  const line = await listenForAgent(file, () => undefined);
  expect(await line.attempt('nobody is there', 5)).toBeUndefined();
  await guest(file, () => 'hang up');
  expect(await line.attempt('x', 5)).toBeUndefined();
  line.close();
});

test('the medium is a script for sh, which ends before its padding', async () => {
  const file = path.join(scratch, 'medium');
  await writeMedium(file, 180);
  expect(readFileSync(file).length % 512).toBe(0);
  execFileSync('sh', ['-n', file]);
  const [, inner = ''] = /<<'AGENT'\n(.*?)\nAGENT\n/s.exec(readFileSync(file, 'utf8')) ?? [];
  execFileSync('bash', ['-n'], { input: inner });
  expect(readFileSync(file, 'utf8').trimEnd()).toMatch(/\/sbin\/init$/);
});

test('kernel arguments fit into one line of GRUB', () => {
  const text = agentArguments('ttyS0,115200');
  expect(text).toMatch(/^console=ttyS0,115200 init=\/bin\/sh -- -c '[^']*'$/);
  // In the kernel a double quote would end the argument.
  expect(text).not.toContain('"');
});

test('a port that is in use is refused, a free one is free', async () => {
  const port = await freePort();
  await requirePort(port);
  const { createServer } = await import('node:net');
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  await expect(requirePort(port)).rejects.toThrow(`port ${port} of 127.0.0.1 is in use`);
  server.close();
});

test('a foreign processor is emulated, and the reason is said', async () => {
  const foreign = process.arch === 'x64' ? 'arm64' : 'amd64';
  const { kind, why } = await pickAccelerator(foreign, scratch);
  expect(kind).toBe('tcg');
  expect(why).toContain(`the image ${foreign}`);
});
