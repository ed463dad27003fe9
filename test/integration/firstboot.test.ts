import { readdirSync, readFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { optionVariables } from '../../build-scripts/config/option-environment.ts';
import { run } from '../support/command.ts';
import { LAYOUTS } from '../support/disk-layouts.ts';
import { expectHealthy } from '../support/judge-machine.ts';
import { collectionFolder } from '../support/mkimage.ts';
import { firstReason, needsPatience, needsPrograms, needsRoot } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { makeDisk, type DiskRequest } from '../support/test-disks.ts';
import { describeUnless } from '../support/test-unless.ts';
import {
  bootMachine,
  cutPower,
  MACHINE_TIMEOUT,
  needsMachines,
  type Firmware,
  type Machine,
} from '../support/virtual-machine.ts';

const missing = firstReason(
  needsPatience(),
  needsRoot,
  needsMachines(),
  needsPrograms('zstd', 'sfdisk'),
);

const OPTIONS = {
  'firstboot.new-identities': true,
  'firstboot.grow': 'first',
  'firstboot.grow-volume': 'root',
};

/** Moments of the first boot, in their order. */
const CUTS = [
  /firstboot: step 1 is done/,
  /firstboot: step 2: \S+ has its new UUID/,
  /firstboot: step 2 is done/,
  /firstboot: step 3: fstab/,
  /firstboot: step 3 is done/,
  /firstboot: step 4 is done/,
  /Starting .*Steps of the first boot/,
];

const machines: readonly {
  layout: DiskRequest;
  firmware: Firmware;
  mounts: Readonly<Record<string, string>>;
}[] = [
  { layout: LAYOUTS['uefi-ext4'], firmware: 'uefi', mounts: { '/': 'ext4', '/boot/efi': 'vfat' } },
  {
    layout: LAYOUTS.lvm,
    firmware: 'bios',
    mounts: { '/': 'btrfs', '/home': 'btrfs', '/boot/efi': 'vfat', '/var/log': 'ext4' },
  },
];

/** The tests of the collection, as root in the machine. */
async function expectCollectionTests(machine: Machine): Promise<void> {
  const folder = path.join(collectionFolder('firstboot') ?? '', 'tests');
  const variables = Object.assign(
    { MKIMAGE_SUITE: 'bookworm' },
    ...Object.entries(OPTIONS).map(([name, value]) => optionVariables(name, value)),
  ) as Record<string, string>;
  const settings = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
  const files = readdirSync(folder).sort();
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const text = readFileSync(path.join(folder, file)).toString('base64');
    await machine.run(
      `echo ${text} | base64 -d >/run/test && env ${settings.join(' ')} sh /run/test`,
    );
  }
}

/** Every identity that a clone must not share: machine-id, UUIDs, disk and partitions. */
async function identities(machine: Machine): Promise<string[]> {
  const text = await machine.run(
    "cat /etc/machine-id; sed -n 's/^UUID=\\([^ ]*\\).*/\\1/p' /etc/fstab | sort -u; " +
      "sfdisk --dump /dev/vda | sed -n 's/^label-id: //p; s/.*uuid=\\([^,]*\\).*/\\1/p'",
  );
  return text.split('\n');
}

for (const { layout, firmware, mounts } of machines) {
  describeUnless(missing, `the first boot of clones: ${layout.name}, ${firmware}`, () => {
    let scratch: string;
    let machine: Machine | undefined;
    let ofFirst: string[];
    const clone = async (name: string, size?: string): Promise<string> => {
      const { image } = await makeDisk({
        ...layout,
        name: `firstboot-${layout.name}`,
        extra: { name: 'firstboot', options: OPTIONS },
      });
      const copy = path.join(scratch, `${name}.raw`);
      await run(['cp', '--dereference', '--sparse=always', image, copy]);
      if (size !== undefined) await truncate(copy, Number(size) * 1024 ** 3);
      return copy;
    };
    const boot = async (disk: string): Promise<Machine> =>
      (machine = await bootMachine({ firmware, disks: [disk], keep: true }));

    beforeAll(async () => {
      scratch = await makeScratch('firstboot');
    });
    afterAll(async () => {
      await machine?.stop();
      await removeScratch(scratch);
    });

    test(
      'one grows to a larger disk, and stays the same at its second boot',
      async () => {
        const disk = await clone('first', '3');
        const dump = await run(['sfdisk', '--dump', disk]);
        let booted = await boot(disk);
        await expectHealthy(booted, mounts);
        await expectCollectionTests(booted);
        ofFirst = await identities(booted);
        for (const identity of ofFirst) expect(dump).not.toContain(identity);
        expect(Number(await booted.run('blockdev --getsize64 /dev/vda'))).toBe(3 * 1024 ** 3);
        await booted.stop();

        booted = await boot(disk);
        await expectHealthy(booted, mounts);
        await expectCollectionTests(booted);
        expect(await identities(booted)).toEqual(ofFirst);
        await booted.stop();
      },
      MACHINE_TIMEOUT,
    );

    test(
      'power cuts do no harm, and another clone shares no identity with the first',
      async () => {
        const disk = await clone('second');
        for (const moment of CUTS) await cutPower({ firmware, disks: [disk] }, moment);
        const booted = await boot(disk);
        await expectHealthy(booted, mounts);
        await expectCollectionTests(booted);
        const ofSecond = await identities(booted);
        expect(ofSecond).toHaveLength(ofFirst.length);
        expect(ofSecond.filter((identity) => ofFirst.includes(identity))).toEqual([]);
        await booted.stop();
      },
      2 * MACHINE_TIMEOUT,
    );
  });
}
