import { load } from 'js-yaml';
import { diskSchema } from '../../../build-scripts/config/disk-schema.ts';
import type { DiskPlan } from '../../../build-scripts/disk/disk-plan.ts';
import { planDisk } from '../../../build-scripts/disk/plan/index.ts';

/** The plan of a disk.yml, with identities that are always the same. */
export function planOf(yaml: string): DiskPlan {
  const disk = diskSchema.parse(load(yaml));
  return planDisk({ disk, folder: '/', contents: {}, seed: 'test' });
}

export const ESP = '{name: esp, size: 64M, content: {type: vfat, mount: /boot/efi}}';

/** One ext4 in a partition. */
export const PLAIN = `
size: 2G
firmware: [bios]
table: mbr
partitions:
  - {name: root, size: rest, content: {type: ext4, mount: /, uuid: 0b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f}}
`;

/** /boot on RAID1, the root a btrfs with subvolumes on LVM in LUKS on RAID1. */
export const STACK = `
size: 8G
firmware: [uefi, bios]
table: gpt
partitions:
  - ${ESP}
  - {name: boot, size: 512M, content: {type: raid1, name: boot, content: {type: ext4, mount: /boot, uuid: 0b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f}}}
  - name: system
    size: rest
    content:
      type: raid1
      name: pv
      content:
        type: luks
        name: crypt
        passphrase: {env: PASSPHRASE}
        content:
          type: lvm
          name: vg-0
          volumes:
            - name: root-a
              size: 4G
              content:
                type: btrfs
                mount: /
                uuid: 1b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f
                subvolumes: {"@rootfs": /, "@home": /home}
                snapper: true
            - {name: swap, size: 512M, content: {type: swap}}
            - {name: log, size: 512M, content: {type: ext4, mount: /var/log}}
`;

/** A btrfs that also holds /boot. */
export const BTRFS_BOOT = `
size: 4G
firmware: [uefi]
table: gpt
partitions:
  - ${ESP}
  - name: lvm
    size: rest
    content:
      type: lvm
      name: vg
      volumes:
        - name: root
          size: 2G
          content: {type: btrfs, mount: /, uuid: 1b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f, subvolumes: {"@rootfs": /}}
`;
