import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import {
  enterCommand,
  forwardCommand,
  startCommands,
} from '../../build-scripts/boot/nested-container.ts';
import { project } from '../support/needs.ts';

const script = readFileSync(path.join(project, 'build-scripts/boot/nested-container.sh'), 'utf8');

test('a command enters all namespaces of the container, with nothing of the machine', () => {
  expect(enterCommand(4711, 'systemctl is-system-running')).toBe(
    'nsenter --target 4711 --all -- env -i ' +
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root ' +
      "sh -c 'cd /; systemctl is-system-running'",
  );
});

test('a command arrives as it was given, through two shells', () => {
  const command = `printf '%s|' "it's" "\\$HOME" 'two\nlines'`;
  const inside = enterCommand(1, command).replace(/^.* -- /, '');
  expect(execFileSync('bash', ['-c', inside], { encoding: 'utf8' })).toBe("it's|$HOME|two\nlines|");
});

test('the script is put into the machine, unpacks and starts', () => {
  const [copy = '', ...others] = startCommands(script);
  const text = /echo (\S+) \|/.exec(copy)?.[1] ?? '';
  expect(Buffer.from(text, 'base64').toString()).toBe(script);
  // Linux, MAX_ARG_STRLEN: one argument of a program.
  expect(copy.length).toBeLessThan(128 * 1024);
  expect(others).toEqual([
    'sh /run/mkimage-container/nested-container.sh unpack ' +
      '/dev/disk/by-id/virtio-mkimage-tarball /dev/disk/by-id/virtio-mkimage-room',
    'sh /run/mkimage-container/nested-container.sh start',
  ]);
});

test('program and script mean the same place and unit', () => {
  expect(script).toContain('place=/run/mkimage-container\n');
  expect(script).toContain('unit=mkimage-container.service\n');
});

test('a port of the machine leads to the ssh server', () => {
  expect(forwardCommand(4711, 2222)).toBe(
    'systemd-run --quiet --unit=mkimage-ssh --socket-property=ListenStream=10022 ' +
      '--property=NetworkNamespacePath=/proc/4711/ns/net ' +
      '/usr/lib/systemd/systemd-socket-proxyd 127.0.0.1:2222',
  );
});
