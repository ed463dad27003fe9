import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { requireBinfmt } from '../../build-scripts/host/binfmt.ts';
import { temporaryDirectory } from './support/temporary.ts';

const folder = temporaryDirectory();
const foreign =
  process.arch === 'arm64'
    ? { machine: 'x86_64', qemu: 'qemu-x86_64' }
    : { machine: 'aarch64', qemu: 'qemu-aarch64' };
const entry = path.join(folder, foreign.qemu);
const flags = (text: string): string =>
  `interpreter /usr/bin/${foreign.qemu}\nflags: ${text}\noffset 0\n`;

/** Checks with an entry of this text. */
function requireWith(text: string): void {
  writeFileSync(entry, text);
  requireBinfmt(foreign, folder);
}

test('programs of this machine run without an emulator', () => {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  expect(() => {
    requireBinfmt({ machine, qemu: 'none' }, '/nowhere');
  }).not.toThrow();
});

test('an emulator that is not registered', () => {
  expect(() => {
    requireBinfmt(foreign, '/nowhere');
  }).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(
        new RegExp(
          `^building for ${foreign.machine} on \\S+ needs qemu-user registered with binfmt_misc, but there is no /nowhere/${foreign.qemu}$`,
        ),
      ),
      hint: expect.stringContaining('sudo apt install qemu-user-static binfmt-support'),
    }),
  );
});

test.each(['F', 'OCF', 'POCF'])('registered with the flags %s', (text) => {
  expect(() => {
    requireWith(`enabled\n${flags(text)}`);
  }).not.toThrow();
});

test('an emulator that is disabled', () => {
  expect(() => {
    requireWith(`disabled\n${flags('F')}`);
  }).toThrow(
    expect.objectContaining({
      message: expect.stringContaining(`but ${entry} is disabled`),
      hint: `echo 1 | sudo tee ${entry}`,
    }),
  );
});

test.each(['', 'OC', 'P'])('the flags %j: not found in a chroot', (text) => {
  expect(() => {
    requireWith(`enabled\n${flags(text)}`);
  }).toThrow(`but ${entry} lacks the flag F and does not work in a chroot`);
});
