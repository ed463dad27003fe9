import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attempt, eventually, run } from '../support/command.ts';
import { LAYOUTS } from '../support/disk-layouts.ts';
import { mkimage } from '../support/mkimage.ts';
import { firstReason, needsPatience, needsPrograms, needsRoot, project } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { remainsOf, startBuild } from '../support/small-build.ts';
import { makeDisk, rootTarball, tarToDisk } from '../support/test-disks.ts';
import { describeUnless, testUnless } from '../support/test-unless.ts';
import { MACHINE_TIMEOUT, needsMachines } from '../support/virtual-machine.ts';

const missing = firstReason(needsRoot, needsMachines(), needsPrograms('zstd'));

interface Broken {
  readonly title: string;
  readonly layout: string;
  readonly firmware: string;
  /** What is done to the root before its initramfs is made. */
  readonly script: string;
  /** What `mkimage test` has to say about the cause. */
  readonly says: readonly RegExp[];
  readonly patience?: boolean;
}

const BROKEN: readonly Broken[] = [
  {
    title: 'a unit that fails',
    layout: LAYOUTS['bios-mbr'].layout,
    firmware: 'bios',
    script: `cat >/etc/systemd/system/broken.service <<'END'
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo nothing works; exit 3'
END
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s ../broken.service /etc/systemd/system/multi-user.target.wants/`,
    says: [/systemd says "degraded"/, /broken\.service has failed/, /nothing works/],
  },
  {
    title: 'a UUID in fstab that no device has',
    layout: LAYOUTS['uefi-ext4'].layout,
    firmware: 'uefi',
    script:
      'echo "UUID=01234567-89ab-cdef-0123-456789abcdef /srv ext4 x-systemd.device-timeout=15s 0 2" >>/etc/fstab',
    says: [
      /the boot ends in emergency mode/,
      /Timed out waiting for device .*01234567/,
      /Dependency failed for .*\/srv/,
    ],
    patience: true,
  },
  {
    title: 'an initramfs without LVM',
    layout: LAYOUTS.lvm.layout,
    firmware: 'bios',
    // As after a kernel update on a machine whose lvm2 was removed and unpacked again by hand.
    script: 'rm /usr/share/initramfs-tools/hooks/lvm2',
    says: [
      /the initramfs does not find the root file system/,
      /ALERT!\s+\/dev\/mapper\/.*does not exist/,
      /is part of LVM, and the initramfs has no lvm \(package lvm2/,
    ],
    patience: true,
  },
];

describeUnless(missing, 'mkimage test', () => {
  let scratch: string;
  const inScratch = (name: string): string => path.join(scratch, name);
  const testImage = (image: string, ...args: readonly string[]) =>
    mkimage(['test', '--plain', '-O', inScratch('obj'), '--workdir', scratch, ...args, image]);

  beforeAll(async () => {
    scratch = await makeScratch('broken-images');
  });
  afterAll(() => removeScratch(scratch));

  for (const { title, layout, firmware, script, says, patience = false } of BROKEN) {
    testUnless(
      patience ? needsPatience() : undefined,
      `names ${title}`,
      async () => {
        const name = title.replaceAll(' ', '-').toLowerCase();
        const file = inScratch(`${name}.sh`);
        await writeFile(inScratch(`${name}.yml`), layout);
        await writeFile(file, `#!/bin/sh\nset -e\n${script}\n`);
        await chmod(file, 0o755);
        const composed = await tarToDisk(
          [
            ...['--plain', '-C', `${name}.yml`, '--exec', file, '--name', name, '-O', scratch],
            await rootTarball(),
          ],
          { cwd: scratch },
        );
        expect(composed.stderr).not.toMatch(/failed:|error/);
        const { exitCode, stdout } = await testImage(
          inScratch(`${name}_disk.raw`),
          '--firmware',
          firmware,
        );
        for (const words of says) expect(stdout).toMatch(words);
        expect(exitCode).toBe(1);
      },
      MACHINE_TIMEOUT,
    );
  }

  test(
    'names a disk without boot loader',
    async () => {
      const { image } = await makeDisk(LAYOUTS['bios-mbr']);
      const copy = inScratch('no-loader.raw');
      await run(['cp', '--dereference', '--sparse=always', image, copy]);
      await run(['dd', 'if=/dev/zero', `of=${copy}`, 'bs=440', 'count=1', 'conv=notrunc']);
      // The partition table has nothing to start from any more, so it has to be told.
      const unknown = await testImage(copy);
      expect(unknown.stderr).toContain('has no partition table with something to start from');
      const { exitCode, stdout } = await testImage(copy, '--firmware', 'bios');
      expect(stdout).toContain('the disk has no boot loader that works');
      expect(exitCode).toBe(1);
      // Without the mark at its end it is no boot sector at all.
      await run(['dd', 'if=/dev/zero', `of=${copy}`, 'bs=512', 'count=1', 'conv=notrunc']);
      const none = await testImage(copy, '--firmware', 'bios');
      expect(none.stdout).toContain('the firmware finds no boot loader on the disk');
      const uefi = await testImage(copy, '--firmware', 'uefi');
      expect(uefi.stdout).toContain('the firmware finds no boot loader on the disk');
    },
    MACHINE_TIMEOUT,
  );

  test(
    'starts a machine again whose boot menu does not answer',
    async () => {
      const image = inScratch('mute.raw');
      await writeFile(image, bootSector('GNU GRUB  version 2.06\r\n'));
      const { exitCode, stdout } = await testImage(image, '--firmware', 'bios');
      expect(stdout).toContain('the boot menu does not answer');
      const log = inScratch('obj/mute.raw/test/mute.raw-raw-bios-plain.log');
      expect(await readFile(log, 'utf8')).toMatch(/GNU GRUB[^]*: started again\n[^]*GNU GRUB/);
      expect(exitCode).toBe(1);
    },
    MACHINE_TIMEOUT,
  );

  test.each([
    ['Ctrl-C', 'SIGINT', { exitCode: 130 }],
    ['kill', 'SIGTERM', { exitCode: 143 }],
    ['kill -9', 'SIGKILL', { signal: 'SIGKILL' }],
  ] as const)(
    'leaves no machine behind after %s',
    async (_, signal, expected) => {
      const { image } = await makeDisk(LAYOUTS['bios-mbr']);
      const log = path.join(scratch, 'obj', path.basename(image), 'test');
      const work = await makeScratch('interrupted-test');
      const testing = startBuild(
        [
          path.join(project, 'mkimage'),
          ...['test', '--plain', '-O', inScratch('obj'), '--workdir', work, image],
        ],
        path.join(log, `${path.basename(image)}-raw-bios-plain.log`),
      );
      await eventually('the kernel starts', () => testing.says('Linux version'), 300);
      process.kill(testing.pid, signal);
      expect(await testing.ended).toMatchObject(expected);
      await eventually('no process is left', () => remainsOf(work).length === 0, 20);
      // What lies on the disk after kill -9 is in the folder for temporary files.
      const left = signal === 'SIGKILL' ? [] : await readdir(work);
      expect(left).toEqual([]);
      await removeScratch(work);
    },
    MACHINE_TIMEOUT,
  );

  test.each([
    ['was killed', 'SIGKILL', false],
    ['crashes again and again', 'SIGSEGV', true],
  ])(
    'says when QEMU %s',
    async (_, signal, isStartedAgain) => {
      const { image } = await makeDisk(LAYOUTS['bios-mbr']);
      const name = path.basename(image);
      const log = path.join(scratch, 'obj', name, 'test', `${name}-raw-bios-plain.log`);
      const testing = startBuild(
        [
          path.join(project, 'mkimage'),
          ...['test', '--plain', '-O', inScratch('obj'), '--workdir', scratch, image],
        ],
        log,
      );
      await eventually('the kernel starts', () => testing.says('Linux version'), 300);
      const kill = ['pkill', '--signal', signal, '--full', `^qemu-system.*${scratch}`];
      await run(kill);
      if (isStartedAgain) {
        await eventually('it is started again', () => testing.says(': started again'), 60);
        await eventually('it runs', async () => (await attempt(kill)).exitCode === 0, 60);
      }
      const { exitCode, stdout } = await testing.ended;
      expect(stdout).toContain(`QEMU was killed by ${signal}`);
      expect(testing.says(': started again')).toBe(isStartedAgain);
      expect(exitCode).toBe(1);
    },
    MACHINE_TIMEOUT,
  );
});

/** A disk of 1 MiB that says something with the BIOS's function int 10h, AH=0Eh, and halts. */
function bootSector(text: string): Buffer {
  const code = [
    // xor ax,ax; mov ds,ax; mov si, 7c00h and the length of the code
    ...[0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x15, 0x7c],
    // lodsb; test al,al; jz to the hlt; mov ah,0eh; int 10h; jmp to the lodsb
    ...[0xac, 0x84, 0xc0, 0x74, 0x06, 0xb4, 0x0e, 0xcd, 0x10, 0xeb, 0xf5],
    // hlt; jmp to the hlt
    ...[0xf4, 0xeb, 0xfd],
  ];
  const disk = Buffer.alloc(1024 ** 2);
  disk.set([...code, ...Buffer.from(text, 'latin1'), 0]);
  disk.set([0x55, 0xaa], 510);
  return disk;
}
