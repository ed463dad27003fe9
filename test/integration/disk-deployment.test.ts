import { truncate, writeFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Firmware } from '../../build-scripts/boot/firmware.ts';
import { run } from '../support/command.ts';
import { LAYOUTS } from '../support/disk-layouts.ts';
import {
  arrayState,
  expectHealthy,
  expectHealthyLvm,
  expectSnapshots,
} from '../support/judge-machine.ts';
import {
  firstReason,
  needsOrdinaryUser,
  needsPatience,
  needsPrograms,
  needsRoot,
} from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { makeDisk, PASSPHRASE, type DiskRequest } from '../support/test-disks.ts';
import { describeUnless } from '../support/test-unless.ts';
import {
  bootMachine,
  MACHINE_TIMEOUT,
  needsMachines,
  type Machine,
  type MachineOptions,
} from '../support/virtual-machine.ts';

const missing = firstReason(
  needsPatience(),
  needsRoot,
  needsMachines(),
  needsPrograms('zstd'),
  needsOrdinaryUser(),
);

/** What a person does to a machine with one disk that was written from an image. */
interface Deployment {
  readonly title: string;
  readonly disk: DiskRequest;
  readonly firmware: Firmware;
  readonly mounts: Readonly<Record<string, string>>;
  /** Partition numbers of the arrays, and how the second member comes to each. */
  readonly arrays: Readonly<Record<string, { partition: number; add: string }>>;
  /** Copies the table to /dev/vdb, and what firmware starts from. */
  readonly prepare: readonly string[];
  readonly growRoot: string;
  /** In the output of luksDump: without a volume key file argon2id. */
  readonly pbkdf: RegExp;
  readonly check?: (machine: Machine) => Promise<void>;
}

const GROW = '--grow --raid-devices=2 --add';
const NEW_PASSPHRASE = 'Zwei Möwen am Hafen 5';

const deployments: readonly Deployment[] = [
  {
    title: 'GPT, UEFI with Secure Boot: btrfs with snapper',
    disk: { ...LAYOUTS['raid1-snapper'], builder: 'ordinary user' },
    firmware: 'secure-boot',
    mounts: { '/': 'btrfs', '/.snapshots': 'btrfs', '/boot': 'ext4', '/boot/efi': 'vfat' },
    arrays: { boot: { partition: 2, add: GROW }, pv: { partition: 3, add: GROW } },
    prepare: [
      // The identities of disk and partitions stay with the first disk.
      "sfdisk --dump /dev/vda | sed -e '/^label-id:/d' -e 's/, uuid=[^,]*//' | sfdisk --quiet /dev/vdb",
      'umount /boot/efi && dd if=/dev/vda1 of=/dev/vdb1 bs=1M && mount /boot/efi',
    ],
    growRoot: 'btrfs filesystem resize max /',
    pbkdf: /PBKDF: +pbkdf2/,
    check: expectSnapshots,
  },
  {
    title: 'MBR, BIOS: ext4',
    disk: LAYOUTS['raid1-mbr'],
    firmware: 'bios',
    mounts: { '/': 'ext4', '/boot': 'ext4', '/var/log': 'ext4' },
    arrays: { boot: { partition: 1, add: GROW }, pv: { partition: 2, add: '--add' } },
    prepare: [
      "sfdisk --dump /dev/vda | sed -e '/^label-id:/d' | sfdisk --quiet /dev/vdb",
      'dd if=/dev/vda of=/dev/vdb bs=440 count=1 conv=notrunc',
      // GRUB's core image, up to the first partition.
      'dd if=/dev/vda of=/dev/vdb bs=512 skip=1 seek=1 count=2047 conv=notrunc',
    ],
    growRoot: 'resize2fs /dev/vg0/root',
    pbkdf: /PBKDF: +argon2id/,
  },
];

for (const deployment of deployments) {
  const { title, disk, firmware, mounts, arrays, prepare, growRoot, pbkdf, check } = deployment;
  describeUnless(missing, `RAID1, LUKS, LVM, ${title}`, () => {
    let scratch: string;
    let first: string;
    let second: string;
    let machine: Machine;
    const boot = async (options: Pick<MachineOptions, 'disks' | 'keep' | 'passphrase'>) =>
      (machine = await bootMachine({ firmware, ...options }));

    beforeAll(async () => {
      scratch = await makeScratch('deployment');
      const { image } = await makeDisk(disk);
      [first, second] = [path.join(scratch, 'first.raw'), path.join(scratch, 'second.raw')];
      await run(['cp', '--dereference', '--sparse=always', image, first]);
      await writeFile(second, '');
      await truncate(second, (await stat(first)).size);
      await boot({ disks: [first, second], keep: true, passphrase: PASSPHRASE });
    }, MACHINE_TIMEOUT);
    afterAll(async () => {
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may not have started
      await machine?.stop();
      await removeScratch(scratch);
    });

    test('it boots', async () => {
      await expectHealthy(machine, mounts);
      await expectHealthyLvm(machine, 'vg0');
      expect(await machine.run('cryptsetup status root_pv_crypt')).toMatch(/type: +LUKS2/);
      expect(await machine.run('cryptsetup luksDump /dev/md/pv')).toMatch(pbkdf);
      const secure = firmware === 'secure-boot';
      expect((await machine.attempt('mokutil --sb-state')).output === 'SecureBoot enabled').toBe(
        secure,
      );
      for (const name of Object.keys(arrays)) {
        const detail = await machine.run(`mdadm --detail /dev/md/${name}`);
        expect(detail).toMatch(new RegExp(`Name : any:${name}$`, 'm'));
        expect(detail).toMatch(/State : (clean|active)/);
      }
      await check?.(machine);
    });

    test(
      'a second disk becomes its mirror',
      async () => {
        for (const command of prepare) await machine.run(command);
        await machine.run('udevadm settle');
        for (const [name, { partition, add }] of Object.entries(arrays)) {
          await machine.run(`mdadm /dev/md/${name} ${add} /dev/vdb${partition}`);
        }
        for (const name of Object.keys(arrays)) {
          await machine.attempt(`mdadm --wait /dev/md/${name}`, 300);
          expect(await arrayState(machine, name)).toBe('[UU]');
        }
      },
      MACHINE_TIMEOUT,
    );

    test('the passphrase can be changed', async () => {
      const change = [
        'umask 077',
        `printf %s '${PASSPHRASE}' >/run/old`,
        `printf %s '${NEW_PASSPHRASE}' >/run/new`,
        'cryptsetup luksChangeKey /dev/md/pv --key-file /run/old /run/new',
      ];
      await machine.run(change.join(' && '), 300);
      const opens = async (key: string): Promise<number> => {
        const open = `cryptsetup open --test-passphrase --key-file /run/${key} /dev/md/pv`;
        return (await machine.attempt(open)).exitCode;
      };
      expect(await opens('new')).toBe(0);
      // 2: no permission, the passphrase is wrong.
      expect(await opens('old')).toBe(2);
    });

    test('root grows while it is mounted, and there is room for another volume', async () => {
      const size = async (): Promise<number> =>
        Number(await machine.run('findmnt --bytes -n -o SIZE /'));
      const before = await size();
      await machine.run(`lvextend --size +256M vg0/root && ${growRoot}`);
      expect((await size()) - before).toBeGreaterThan(240 * 1024 ** 2);
      await machine.run('lvcreate --yes --size 128M --name srv-data vg0');
      await machine.run('mkfs.ext4 -q /dev/vg0/srv-data && mount /dev/vg0/srv-data /srv');
      await machine.run('umount /srv');
      await expectHealthyLvm(machine, 'vg0');
    });

    test.each(['second', 'first'] as const)(
      'it boots from the %s disk alone',
      async (which) => {
        // Powers off and writes everything, the first time.
        await machine.stop();
        await boot({ disks: [which === 'first' ? first : second], passphrase: NEW_PASSPHRASE });
        await expectHealthy(machine, mounts);
        for (const name of Object.keys(arrays))
          expect(await arrayState(machine, name)).toMatch(/^\[(U_|_U)\]$/);
        expect(await machine.run('lvs --noheadings -o lv_name vg0')).toContain('srv-data');
      },
      MACHINE_TIMEOUT,
    );
  });
}
