import { afterEach, expect, test } from '@jest/globals';
import { needsOrdinaryUser, needsRoot, firstReason, needsPrograms } from '../support/needs.ts';
import { expectHealthy, expectHealthyLvm, expectScrubbed } from '../support/judge-machine.ts';
import { LAYOUTS } from '../support/disk-layouts.ts';
import { makeDisk } from '../support/test-disks.ts';
import { describeUnless } from '../support/test-unless.ts';
import {
  bootMachine,
  MACHINE_TIMEOUT,
  needsMachines,
  type Machine,
  type MachineOptions,
} from '../support/virtual-machine.ts';

const missing = firstReason(needsRoot, needsMachines(), needsPrograms('zstd'), needsOrdinaryUser());

/** disk-same-bits.test.ts shows that root and an ordinary user make the same images. */
describeUnless(missing, 'a composed disk boots', () => {
  let machine: Machine | undefined;
  const boot = async (options: MachineOptions): Promise<Machine> =>
    (machine = await bootMachine(options));
  afterEach(async () => {
    await machine?.stop();
    machine = undefined;
  });

  test(
    'UEFI: ESP and ext4, made by an ordinary user',
    async () => {
      const { image } = await makeDisk({ ...LAYOUTS['uefi-ext4'], builder: 'ordinary user' });
      const guest = await boot({ firmware: 'uefi', disks: [image] });
      await expectHealthy(guest, { '/': 'ext4', '/boot/efi': 'vfat' });
      expect(await guest.run('lsblk -n -o LABEL,PARTLABEL /dev/vda1 /dev/vda2')).toMatch(
        /^ESP +esp\nroot +root$/,
      );
      // The serial console that --serial promises: the menu, the kernel, a login.
      expect(guest.console()).toContain('Advanced options for Debian GNU/Linux');
      expect(await guest.run('cat /proc/cmdline')).toContain('console=ttyS0');
      expect(await guest.run('systemctl is-active serial-getty@ttyS0.service')).toBe('active');
    },
    MACHINE_TIMEOUT,
  );

  test(
    'BIOS: MBR, swap and ext4',
    async () => {
      const { image } = await makeDisk(LAYOUTS['bios-mbr']);
      const guest = await boot({ firmware: 'bios', disks: [image] });
      await expectHealthy(guest, { '/': 'ext4' });
      expect(await guest.run('lsblk -n -o PTTYPE /dev/vda | sort -u')).toBe('dos');
    },
    MACHINE_TIMEOUT,
  );

  test.each(['uefi', 'bios'] as const)(
    '%s, of one image for both: LVM with btrfs subvolumes, made by an ordinary user',
    async (firmware) => {
      const { image } = await makeDisk({ ...LAYOUTS.lvm, builder: 'ordinary user' });
      const guest = await boot({ firmware, disks: [image] });
      await expectHealthy(guest, {
        '/': 'btrfs',
        '/boot/efi': 'vfat',
        '/home': 'btrfs',
        '/var/log': 'ext4',
      });
      expect(await guest.run('for at in / /home; do findmnt -n -o FSROOT $at; done')).toBe(
        '/@rootfs\n/@home',
      );
      await expectHealthyLvm(guest, 'vg-0');
      await expectScrubbed(guest, '/');
      expect(await guest.run('[ -d /sys/firmware/efi ] && echo uefi || echo bios')).toBe(firmware);
    },
    MACHINE_TIMEOUT,
  );
});
