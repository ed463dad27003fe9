import { expect, test } from '@jest/globals';
import {
  diagnoseConsole,
  explainInitramfs,
  standsStill,
} from '../../build-scripts/boot/diagnose.ts';

test.each([
  [
    'SeaBIOS',
    'Booting from Hard Disk...\nBoot failed: not a bootable disk\n\nNo bootable device.\n',
    'the firmware finds no boot loader on the disk',
    ['Boot failed: not a bootable disk', 'No bootable device.'],
  ],
  [
    'UEFI',
    'BdsDxe: failed to load Boot0002 "UEFI Misc Device" from PciRoot(0x0): Not Found\nBdsDxe: No bootable option or device was found.\n',
    'the firmware finds no boot loader on the disk',
    [
      'BdsDxe: failed to load Boot0002 "UEFI Misc Device" from PciRoot(0x0): Not Found',
      'BdsDxe: No bootable option or device was found.',
    ],
  ],
  [
    'Secure Boot',
    'BdsDxe: failed to load Boot0001 "UEFI QEMU" from PciRoot(0x0): Access Denied\nVerification failed: (0x1A) Security Violation\n',
    'Secure Boot refuses the boot loader or the kernel: it is not signed',
    [],
  ],
  [
    'GRUB without modules',
    'error: no such device: 4d33.\nerror: unknown filesystem.\ngrub rescue> ',
    'GRUB starts, but does not find its modules',
    ['error: no such device: 4d33.', 'error: unknown filesystem.'],
  ],
  [
    'no root',
    'Gave up waiting for root file system device.  Common problems:\n - Missing modules\nALERT!  UUID=1234 does not exist.  Dropping to a shell!\n(initramfs) ',
    'the initramfs does not find the root file system',
    ['ALERT!  UUID=1234 does not exist.  Dropping to a shell!'],
  ],
  [
    'fstab',
    '[ TIME ] Timed out waiting for device /dev/disk/by-uuid/0123.\n[DEPEND] Dependency failed for /srv.\nYou are in emergency mode. After logging in, type "journalctl -xb"\n',
    'the boot ends in emergency mode',
    ['Timed out waiting for device /dev/disk/by-uuid/0123.', 'Dependency failed for /srv.'],
  ],
  [
    'a panic',
    '[    3.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n',
    'the kernel gives up: VFS: Unable to mount root fs on unknown-block(0,0)',
    ['VFS: Unable to mount root fs on unknown-block(0,0)'],
  ],
])('%s', (_, text, message, details) => {
  expect(diagnoseConsole(text)).toEqual({
    message,
    details,
    isEmergency: message.includes('emergency'),
  });
});

test('a boot that goes well has no problem', () => {
  expect(
    diagnoseConsole(
      "Booting `Debian GNU/Linux'\n[    0.0] Linux version 6.1\nBegin: Mounting root file system ... done.\nlocalhost login: ",
    ),
  ).toBeUndefined();
});

const answer = (devices: string, programs: readonly string[], root: string): string =>
  `BOOT_IMAGE=/vmlinuz root=${root} ro\n${devices}\n${programs.join('\n')}\nEND-OF-ANSWER\n`;

test.each([
  ['LVM2_member', 'lvm', 'LVM', 'lvm2'],
  ['linux_raid_member', 'mdadm', 'software RAID', 'mdadm'],
  ['crypto_LUKS', 'cryptsetup', 'LUKS', 'cryptsetup-initramfs'],
])('%s needs a program that the initramfs lacks', (type, program, name, packageName) => {
  const device = `/dev/vda3: UUID="x" TYPE="${type}" PARTUUID="y"`;
  expect(explainInitramfs(answer(device, [], '/dev/mapper/vg0-root'))).toEqual([
    `/dev/vda3 is part of ${name}, and the initramfs has no ${program} (package ${packageName}, then update-initramfs)`,
  ]);
  for (const folder of ['/sbin', '/usr/sbin'])
    expect(
      explainInitramfs(answer(device, [`${folder}/${program}`], '/dev/mapper/vg0-root')),
    ).toEqual([]);
});

test('a root that no device has', () => {
  const device = '/dev/vda2: UUID="1111-2222" TYPE="ext4"';
  expect(explainInitramfs(answer(device, [], 'UUID=3333-4444'))).toEqual([
    'the kernel was told root=UUID=3333-4444, and no device has that UUID',
  ]);
  expect(explainInitramfs(answer(device, [], 'UUID=1111-2222'))).toEqual([]);
});

test('a processor that does not run any more is told from a slow one', () => {
  const stall = (at: number): string =>
    `[  ${at}.381160] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n[  ${at}.385033] rcu: \t1-...!: (0 ticks this GP)\n`;
  const stalls = [24, 45, 66, 87, 108].map(stall);
  expect(standsStill(stalls.join(''))).toBe(true);
  expect(standsStill(stalls.slice(0, 2).join(''))).toBe(false);
  expect(standsStill('[  130.2] rcu: INFO: rcu_sched self-detected stall on CPU\n'.repeat(5))).toBe(
    true,
  );
});
