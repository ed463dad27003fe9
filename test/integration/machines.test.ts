import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { collectionTests, inMachine } from '../support/collection-tests.ts';
import { run } from '../support/command.ts';
import { buildImage, readManifest, type Image } from '../support/mkimage.ts';
import { firstReason, needsPatience, needsPrograms, needsRoot, project } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { PASSPHRASE } from '../support/test-disks.ts';
import { describeUnless } from '../support/test-unless.ts';
import {
  bootMachine,
  MACHINE_TIMEOUT,
  needsMachines,
  type Firmware,
  type Machine,
} from '../support/virtual-machine.ts';

const missing = firstReason(needsRoot, needsMachines(), needsPrograms('zstd', 'qemu-img'));

interface Target {
  readonly profile: string;
  /** Of the published disk. */
  readonly ending: string;
  readonly firmware: Firmware;
  /** On a machine whose disk is larger than the image: GiB. */
  readonly disk?: number;
  readonly passphrase?: string;
  /** Asks for an hour more. */
  readonly patience?: boolean;
}

/** Each shipped kind of profile once, over suites, firmware and formats. */
const TARGETS: readonly Target[] = [
  { profile: 'deb12-amd64-kvm', ending: 'qcow2', firmware: 'bios', disk: 6 },
  { profile: 'deb13-amd64-hardware-uefi', ending: 'raw', firmware: 'uefi with Secure Boot' },
  { profile: 'deb13-amd64-kvm', ending: 'qcow2', firmware: 'uefi', disk: 6, patience: true },
  { profile: 'deb11-amd64-kvm', ending: 'qcow2', firmware: 'uefi', disk: 6, patience: true },
  { profile: 'deb12-amd64-hyper-v', ending: 'vhdx', firmware: 'uefi', patience: true },
  { profile: 'deb11-amd64-esxi', ending: 'vmdk', firmware: 'uefi', patience: true },
  { profile: 'deb12-amd64-esxi', ending: 'vmdk', firmware: 'uefi', patience: true },
  { profile: 'deb12-amd64-hardware-bios', ending: 'raw', firmware: 'bios', patience: true },
  {
    profile: 'examples/hardware-raid1-luks',
    ending: 'raw',
    firmware: 'uefi',
    passphrase: PASSPHRASE,
    patience: true,
  },
  {
    profile: 'examples/vm-encrypted',
    ending: 'qcow2',
    firmware: 'bios',
    passphrase: PASSPHRASE,
    patience: true,
  },
];

/** The profile as it is shipped; examples are copied, because they read files beside them. */
function profileText(profile: string): string {
  return profile.startsWith('examples/')
    ? readFileSync(path.join(project, 'profiles', `${profile}.yml`), 'utf8')
    : `extends: ${profile}`;
}

for (const target of TARGETS) {
  const { profile, ending, firmware, disk, passphrase, patience = false } = target;
  const why = firstReason(missing, patience ? needsPatience() : undefined);
  describeUnless(why, `${profile}, ${firmware}`, () => {
    let scratch: string;
    let image: Image;
    let file: string;
    let machine: Machine | undefined;

    beforeAll(async () => {
      scratch = await makeScratch('machines');
      const name = `of-${path.basename(profile)}`;
      const own = path.join(scratch, `${name}.yml`);
      await writeFile(own, `${profileText(profile)}\ncollections: [test-commands]\n`);
      await writeFile(path.join(scratch, 'luks.passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 });
      const output = ending === 'vmdk' ? ['--output', 'vmdk,ova'] : [];
      image = await buildImage(own, path.join(scratch, 'obj'), {
        args: [
          ...['--collections', path.join(project, 'test/fixtures/disk-root/collections')],
          ...output,
        ],
      });
      file = path.join(scratch, `disk.${ending}`);
      const published = path.join(image.directory, `${name}_disk.${ending}`);
      await run(['cp', '--dereference', '--sparse=always', published, file]);
      if (disk !== undefined) await run(['qemu-img', 'resize', file, `${disk}G`]);
    }, MACHINE_TIMEOUT);
    afterEach(async () => {
      await machine?.stop();
      machine = undefined;
    });
    afterAll(() => removeScratch(scratch));

    test(
      'boots, and the tests of its collections pass',
      async () => {
        machine = await bootMachine({
          firmware,
          disks: [file],
          ...(passphrase === undefined ? {} : { passphrase }),
        });
        expect(await machine.run('systemctl --failed --no-legend --plain')).toBe('');
        expect(machine.state).toBe('running');
        const { ran, failures } = await collectionTests(inMachine(machine), readManifest(image));
        expect(failures).toEqual([]);
        expect(ran).toContain('bootable/tests/10-boot');
        if (disk === undefined) return;
        const size = Number(await machine.run('findmnt --bytes --noheadings -o SIZE /'));
        expect(size).toBeGreaterThan((disk - 1) * 1024 ** 3);
      },
      MACHINE_TIMEOUT,
    );
  });
}
