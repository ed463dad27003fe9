import type { ReferenceCollection } from '../reference-option.ts';

const VM_SETS = {
  DBUILD_TARGET_IMAGE_FORMAT: 'null',
  OFEAT_HAVEGED: '1',
  OFEAT_IFNAMES: '0',
  OFEAT_GEN_FS_UUID: '1',
  OFEAT_ROOTFS_MINIMAL_KERNEL: '1',
};
const LXC_SETS = {
  OFEAT_IFNAMES: '0',
  OFEAT_RESOLV_CONF: '0',
  OFEAT_NTP_CONF: '0',
  OFEAT_TMPFS_MOUNTS: '1',
  OCONF_TMPFS_DEV_SHM_SIZE: '120m',
  OCONF_TMPFS_TMP_SIZE: '120m',
  OCONF_TMPFS_VAR_TMP_SIZE: '120m',
  OCONF_TMPFS_RUN_SIZE: '100m',
};
const FIRSTBOOT = 'with vm it comes by itself';

export const referenceCollections: readonly ReferenceCollection[] = [
  { name: 'base', ours: ['base'] },
  { name: 'systemd', ours: ['systemd'], sets: { DBUILD_TARGET_INIT_SYSTEM: 'systemd' } },
  {
    name: 'default',
    ours: ['default'],
    note: 'has no settings for vim; the keyboard is the option base.keyboard',
  },
  {
    name: 'netconfig/systemd-networkd',
    ours: ['network/networkd'],
    sets: { OFEAT_NETCONFIG: '1', OCONF_NETCONFIG_PROVIDER: 'systemd-networkd' },
  },
  { name: 'lxc/base', ours: ['lxc'], sets: LXC_SETS },
  { name: 'lxc', ours: ['lxc'], sets: LXC_SETS, note: 'old name of lxc/base' },
  {
    name: 'bootable/base',
    ours: ['bootable'],
    sets: {
      OFEAT_KERNEL_IMAGE: '1',
      OCONF_KERNEL_IMAGE: 'linux-image-amd64',
      OFEAT_TMPFS_MOUNTS: '1',
      OFEAT_TMPFS_APT_CACHE: '1',
    },
  },
  {
    name: 'bootable/bios',
    ours: ['bootable'],
    requires: ['bootable/base'],
    sets: { OCONF_BOOT_TYPE: 'bios' },
  },
  {
    name: 'bootable/uefi',
    ours: ['bootable'],
    requires: ['bootable/base'],
    sets: { OCONF_BOOT_TYPE: 'uefi' },
  },
  {
    name: 'hardware/base',
    ours: ['hardware'],
    requires: ['base', 'bootable/base'],
    sets: {
      OFEAT_SEPARATE_BOOT: '1',
      OFEAT_GEN_FS_UUID: '0',
      OCONF_ROOTFS_TYPE: 'btrfs',
      OFEAT_GRUB_INSMOD_LVM: '1',
      OFEAT_GRUB_INSMOD_MDADM_RAID1: '1',
    },
  },
  {
    name: 'hardware/bios',
    ours: ['hardware'],
    requires: ['hardware/base', 'bootable/bios'],
    sets: { OCONF_BOOT_TYPE: 'bios' },
  },
  {
    name: 'hardware/uefi',
    ours: ['hardware'],
    requires: ['hardware/base', 'bootable/uefi'],
    sets: { OCONF_BOOT_TYPE: 'uefi' },
  },
  { name: 'vm/base', ours: ['vm'], requires: ['base', 'bootable/base'], sets: VM_SETS },
  { name: 'vm/uefi', ours: ['vm'], requires: ['vm/base', 'bootable/uefi'] },
  { name: 'vm/kvm', ours: ['vm/kvm'] },
  { name: 'vm/hyper-v', ours: ['vm/hyper-v'] },
  { name: 'vm/esxi', ours: ['vm/esxi'] },
  { name: 'firstboot/base', ours: ['firstboot'], note: FIRSTBOOT },
  {
    name: 'firstboot/systemd',
    ours: ['firstboot'],
    requires: ['firstboot/base', 'systemd'],
    note: FIRSTBOOT,
  },
  { name: 'firstboot/vm', ours: ['firstboot'], note: FIRSTBOOT },
  { name: 'firstboot/kvm', ours: ['firstboot'], note: 'old name of firstboot/vm' },
  { name: 'hardening/network/base', ours: ['hardening/network'] },
  { name: 'nftables', ours: ['nftables'] },
  { name: 'unattended-upgrades', ours: ['unattended-upgrades'], requires: ['base'] },
  {
    name: 'proxmox-pve',
    ours: ['proxmox-pve'],
    asks: 'the address of the machine (proxmox-pve.address), its name (base.hostname), and the signing key of the repository (proxmox-pve.key)',
  },
  {
    name: 'roles/nginx',
    ours: ['roles/nginx'],
    sets: { OCONF_NGINX_CONFIG_ROLE: 'app' },
  },
  { name: 'roles/nginx/base', ours: ['roles/nginx'] },
  {
    name: 'roles/nginx/default',
    ours: ['roles/nginx'],
    requires: ['roles/nginx/base'],
    sets: { OCONF_NGINX_CONFIG_ROLE: 'app' },
  },
  {
    name: 'targets/lxc/default',
    ours: ['lxc', 'default'],
    requires: ['base', 'systemd', 'default', 'lxc/base'],
  },
  ...['kvm', 'hyper-v', 'esxi'].map((hypervisor) => ({
    name: `targets/vm/${hypervisor}/default`,
    ours: [`vm/${hypervisor}`, 'default'],
    requires: [
      ...[
        'base',
        'systemd',
        'netconfig/systemd-networkd',
        'default',
        'vm/base',
        `vm/${hypervisor}`,
      ],
      ...['vm/uefi', 'firstboot/base', 'firstboot/systemd', 'firstboot/vm'],
    ],
  })),
  ...['bios', 'uefi'].map((firmware) => ({
    name: `targets/hardware/${firmware}/default`,
    ours: ['hardware', 'default', 'firstboot'],
    requires: [
      ...['base', 'systemd', 'netconfig/systemd-networkd', 'default', 'hardware/base'],
      ...[`hardware/${firmware}`, 'firstboot/base', 'firstboot/systemd'],
    ],
  })),
  {
    name: 'targets/hardening/default',
    ours: ['hardening/network'],
    requires: ['hardening/network/base'],
  },
];
