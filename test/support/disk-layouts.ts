import { createHash } from 'node:crypto';
import { PASSPHRASE, type DiskRequest } from './test-disks.ts';

/** A volume key as a person keeps one; here the same in every run. */
const volumeKey = createHash('sha512').update('volume key of the tests').digest();

const passphrase = { 'luks.passphrase': `${PASSPHRASE}\n` };

/** The layouts that have to boot. Small: a root has less than 700 MB. */
export const LAYOUTS = {
  'uefi-ext4': {
    name: 'uefi-ext4',
    layout: `
size: 2G
firmware: [uefi]
table: gpt
partitions:
  - {name: esp, size: 128M, content: {type: vfat, mount: /boot/efi, label: ESP}}
  - {name: root, size: rest, content: {type: ext4, mount: /, label: root}}
`,
  },
  'bios-mbr': {
    name: 'bios-mbr',
    layout: `
size: 2G
firmware: [bios]
table: mbr
partitions:
  - {name: swap, size: 64M, content: {type: swap}}
  - {name: root, size: rest, content: {type: ext4, mount: /}}
`,
  },
  lvm: {
    name: 'lvm',
    layout: `
size: 2G
firmware: [uefi, bios]
table: gpt
partitions:
  - {name: esp, size: 128M, content: {type: vfat, mount: /boot/efi}}
  - name: system
    size: rest
    content:
      type: lvm
      name: vg-0
      volumes:
        - name: root
          size: 1G
          content:
            type: btrfs
            mount: /
            compress: zstd:1
            subvolumes: {"@rootfs": /, "@home": /home}
        - {name: swap, size: 64M, content: {type: swap, label: swap}}
        - {name: var-log, size: 128M, content: {type: ext4, mount: /var/log}}
`,
  },
  'raid1-snapper': {
    name: 'raid1-snapper',
    files: { ...passphrase, 'volume.key': volumeKey },
    layout: `
size: 2G
firmware: [uefi]
table: gpt
partitions:
  - {name: esp, size: 128M, content: {type: vfat, mount: /boot/efi}}
  - {name: boot, size: 192M, content: {type: raid1, name: boot, content: {type: ext4, mount: /boot}}}
  - name: system
    size: rest
    content:
      type: raid1
      name: pv
      content:
        type: luks
        name: root_pv_crypt
        passphrase: {file: luks.passphrase}
        volume-key: {file: volume.key}
        pbkdf: {type: pbkdf2, iterations: 100000}
        content:
          type: lvm
          name: vg0
          volumes:
            - name: root
              size: 1G
              content:
                type: btrfs
                mount: /
                compress: zstd:1
                subvolumes: {"@rootfs": /, "@snapshots": /.snapshots}
                snapper: true
            - {name: swap, size: 64M, content: {type: swap}}
`,
  },
  'raid1-mbr': {
    name: 'raid1-mbr',
    files: passphrase,
    layout: `
size: 2G
firmware: [bios]
table: mbr
partitions:
  - {name: boot, size: 192M, content: {type: raid1, name: boot, content: {type: ext4, mount: /boot}}}
  - name: system
    size: rest
    content:
      type: raid1
      name: pv
      devices: 2
      content:
        type: luks
        name: root_pv_crypt
        passphrase: {file: luks.passphrase}
        content:
          type: lvm
          name: vg0
          volumes:
            - {name: root, size: 1G, content: {type: ext4, mount: /}}
            - {name: swap, size: 64M, content: {type: swap}}
            - {name: var-log, size: 128M, content: {type: ext4, mount: /var/log}}
`,
  },
} satisfies Record<string, DiskRequest>;
