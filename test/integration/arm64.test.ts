import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { attempt, run } from '../support/command.ts';
import { buildImage, mkimage, readManifest, type Image } from '../support/mkimage.ts';
import { firstReason, needsPrograms, needsRoot } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { describeUnless, testUnless, type SkipReason } from '../support/test-unless.ts';

const BINFMT = '/proc/sys/fs/binfmt_misc';
const ENTRY = `${BINFMT}/qemu-aarch64`;
/** Of the package qemu-user-static. */
const REGISTRATION = '/usr/lib/binfmt.d/qemu-aarch64.conf';

const EM_AARCH64 = 183;

const foreign: SkipReason =
  process.arch === 'x64' ? undefined : 'this machine is no amd64, where arm64 is foreign';

describeUnless(foreign, 'an image for arm64', () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await makeScratch('arm64');
  });
  afterAll(() => removeScratch(scratch));

  testUnless(
    existsSync(ENTRY) ? 'qemu-aarch64 is registered here' : undefined,
    'without qemu-user: says what is missing',
    async () => {
      const output = path.join(scratch, 'none');
      const { exitCode, stderr } = await mkimage(['--plain', '-O', output, 'deb12-arm64-lxc']);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        'building for aarch64 on x86_64 needs qemu-user registered with binfmt_misc',
      );
      expect(stderr).toContain('sudo apt install qemu-user-static');
      expect(existsSync(path.join(output, 'deb12-arm64-lxc', 'SHA256SUMS'))).toBe(false);
    },
  );

  const missing = firstReason(
    existsSync(ENTRY)
      ? undefined
      : (needsRoot ?? (existsSync(REGISTRATION) ? undefined : 'not installed: qemu-user-static')),
    needsPrograms('zstd'),
  );
  describeUnless(missing, 'with qemu-user', () => {
    let image: Image;
    let restore: () => Promise<void>;

    beforeAll(async () => {
      restore = await registerEmulator();
      image = await buildImage('deb12-arm64-lxc', path.join(scratch, 'images'));
    });
    afterAll(() => restore());

    test('holds programs for arm64', async () => {
      const programs = ['./usr/bin/dash', './usr/bin/python3.11'];
      await run([
        ...['tar', '--extract', '--zstd', '--file', image.rootfs, '--no-same-owner'],
        ...['--directory', scratch, ...programs],
      ]);
      for (const program of programs) {
        const header = readFileSync(path.join(scratch, program)).subarray(0, 20);
        // elf(5): the magic number, and e_machine at 18.
        expect(header.toString('latin1', 1, 4)).toBe('ELF');
        expect(header.readUInt16LE(18)).toBe(EM_AARCH64);
      }
      expect(readManifest(image).settings.arch).toBe('arm64');
      // The emulator is the host's.
      const names = await run(['tar', '--list', '--zstd', '--file', image.rootfs]);
      expect(names).not.toMatch(/qemu/);
    });

    test('its metadata say so', async () => {
      const member = (name: string): Promise<string> =>
        run(['tar', '--extract', '--to-stdout', '--file', image.metadata, name]);
      expect(load(await member('metadata.yaml'))).toMatchObject({ architecture: 'aarch64' });
      expect(await member('config')).toMatch(/^lxc\.arch = aarch64$/m);
    });

    test('runs its programs in mkimage shell', async () => {
      const { exitCode, stdout } = await mkimage([
        ...['shell', '-O', path.join(scratch, 'images'), 'deb12-arm64-lxc'],
        ...['--', 'sh', '-c', 'uname -m; /usr/sbin/sshd -V 2>&1 | head -n 1; sudo -V | head -n 1'],
      ]);
      expect(stdout).toMatch(/^aarch64\n/);
      expect(stdout).toContain('Sudo version');
      expect(exitCode).toBe(0);
    });
  });
});

/** Registers qemu-aarch64 where it is not, as systemd-binfmt would. @returns the undo */
async function registerEmulator(): Promise<() => Promise<void>> {
  if (existsSync(ENTRY)) return () => Promise.resolve();
  const mount = !existsSync(`${BINFMT}/register`);
  if (mount) await run(['mount', '-t', 'binfmt_misc', 'binfmt_misc', BINFMT]);
  const line = readFileSync(REGISTRATION, 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(':'));
  writeFileSync(`${BINFMT}/register`, line ?? '');
  return async () => {
    if (existsSync(ENTRY)) writeFileSync(ENTRY, '-1');
    if (mount) await attempt(['umount', BINFMT]);
  };
}
