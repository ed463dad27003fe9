import { afterEach, expect, test } from '@jest/globals';
import { LAYOUTS } from '../support/disk-layouts.ts';
import { expectHealthy, expectHealthyLvm, expectScrubbed } from '../support/judge-machine.ts';
import {
  firstReason,
  needsOrdinaryUser,
  needsPatience,
  needsPrograms,
  needsRoot,
} from '../support/needs.ts';
import { makeDisk, PASSPHRASE } from '../support/test-disks.ts';
import { describeUnless } from '../support/test-unless.ts';
import {
  bootMachine,
  MACHINE_TIMEOUT,
  needsMachines,
  type Machine,
} from '../support/virtual-machine.ts';

const missing = firstReason(
  needsPatience(),
  needsRoot,
  needsMachines(),
  needsPrograms('zstd'),
  needsOrdinaryUser(),
);

describeUnless(missing, 'RAID1, LUKS and LVM with the other Debian releases', () => {
  let machine: Machine | undefined;
  afterEach(async () => {
    await machine?.stop();
    machine = undefined;
  });

  test(
    'Debian 13 on btrfs with snapper, UEFI',
    async () => {
      const disk = { ...LAYOUTS['raid1-snapper'], name: 'trixie' };
      const { image } = await makeDisk({ ...disk, suite: 'trixie' });
      machine = await bootMachine({ firmware: 'uefi', disks: [image], passphrase: PASSPHRASE });
      expect(await machine.run('cat /etc/debian_version')).toMatch(/^13\./);
      await expectHealthy(machine, {
        '/': 'btrfs',
        '/.snapshots': 'btrfs',
        '/boot': 'ext4',
        '/boot/efi': 'vfat',
      });
      await expectHealthyLvm(machine, 'vg0');
      await expectScrubbed(machine, '/');
    },
    MACHINE_TIMEOUT,
  );

  test(
    'Debian 11 on ext4, BIOS, made by an ordinary user',
    async () => {
      const disk = { ...LAYOUTS['raid1-mbr'], name: 'bullseye' };
      const { image } = await makeDisk({
        ...disk,
        suite: 'bullseye',
        builder: 'ordinary user',
      });
      machine = await bootMachine({ firmware: 'bios', disks: [image], passphrase: PASSPHRASE });
      expect(await machine.run('cat /etc/debian_version')).toMatch(/^11\./);
      await expectHealthy(machine, { '/': 'ext4', '/boot': 'ext4', '/var/log': 'ext4' });
      await expectHealthyLvm(machine, 'vg0');
    },
    MACHINE_TIMEOUT,
  );
});
