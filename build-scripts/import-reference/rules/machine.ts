import type { Draft } from '../draft.ts';
import { mebibytes, sizeSpellings } from '../spellings.ts';

const KERNELS: Readonly<Record<string, string>> = {
  'linux-image-amd64': 'default',
  'linux-image-arm64': 'default',
  'linux-image-cloud-amd64': 'cloud',
  'linux-image-cloud-arm64': 'cloud',
};

export function machineRules(draft: Draft): void {
  const { reference } = draft;
  const isVm =
    reference.has('vm/base') || reference.collections.some(({ name }) => name.startsWith('vm/'));
  const isHardware = reference.has('hardware/base');
  draft.finish('OFEAT_BOOT_CMDLINE');
  if (!isVm && !isHardware && !reference.has('bootable/base')) return;
  kernel(draft);
  firmware(draft, isHardware);
  if (isHardware) hardware(draft);
  if (isVm) virtualMachine(draft);
}

function kernel(draft: Draft): void {
  const { reference } = draft;
  const names = ['OFEAT_KERNEL_IMAGE', 'OCONF_KERNEL_IMAGE'];
  const packages = reference.on('OFEAT_KERNEL_IMAGE') ? reference.words('OCONF_KERNEL_IMAGE') : [];
  const [only = ''] = packages;
  const known = packages.length === 1 ? KERNELS[only] : undefined;
  draft.option('bootable.kernel', known ?? 'none', names);
  if (known === undefined) draft.addPackages(packages, names);
}

function firmware(draft: Draft, isHardware: boolean): void {
  const { reference } = draft;
  const name = 'OCONF_BOOT_TYPE';
  const type = reference.text(name);
  if (type !== 'uefi' && type !== 'bios') {
    draft.drop([name], `"${type}" is neither uefi nor bios`);
    return;
  }
  draft.option('bootable.firmware', [type], [name]);
  if (isHardware && type === 'bios') draft.option('hardware.table', 'mbr', [name]);
}

/** Options that are a size, or off. */
const VOLUMES = [
  ['hardware.swap-size', 'OFEAT_HW_SWAP', 'OCONF_HW_SWAP_SIZE'],
  ['hardware.log-size', 'OFEAT_HW_LOG_LV', 'OCONF_HW_LOG_LV_SIZE'],
  ['hardware.apt-cache-size', 'OFEAT_HW_APT_CACHE_LV', 'OCONF_HW_APT_CACHE_LV_SIZE'],
] as const;

function hardware(draft: Draft): void {
  const { reference } = draft;
  const fs = 'OCONF_ROOTFS_TYPE';
  if (reference.isGiven(fs)) draft.option('hardware.root-fs', reference.text(fs), [fs]);
  const compression = 'OCONF_HW_ROOTFS_COMPRESSION';
  if (reference.isGiven(compression)) {
    const value = reference.text(compression);
    draft.option('hardware.compress', ['', 'none'].includes(value) ? 'off' : value, [compression]);
  }
  for (const [option, feature, size] of VOLUMES) {
    if (!reference.isGiven(feature) && !reference.isGiven(size)) continue;
    if (reference.on(feature)) {
      const value = draft.accepted(option, sizeSpellings(reference.text(size)));
      draft.option(option, value, [feature, size]);
    } else draft.option(option, 'off', [feature]);
  }
  const raid = [
    ['boot', 'OFEAT_HW_BOOT_RAID1'],
    ['pv', 'OFEAT_HW_ROOT_VG_RAID1'],
  ] as const;
  const mirrored = raid.filter(([, name]) => reference.on(name));
  if (mirrored.length > 0)
    draft.option(
      'hardware.raid1',
      mirrored.map(([part]) => part),
      raid.map(([, name]) => name),
    );
  draft.finish(...raid.map(([, name]) => name));

  const passphrase = 'OCONF_HW_ROOT_VG_LUKS_PASSPHRASE';
  if (reference.on('OFEAT_HW_ROOT_VG_LUKS'))
    draft.option(
      'hardware.luks-passphrase',
      draft.secret(passphrase, 'luks.passphrase'),
      [passphrase],
      'to be changed on the machine: cryptsetup luksChangeKey',
    );
}

function virtualMachine(draft: Draft): void {
  const { reference } = draft;
  // Its VMs have ext4, and nothing else.
  const fs = 'OCONF_ROOTFS_TYPE';
  if (reference.text(fs) !== '') draft.option('vm.root-fs', reference.text(fs), [fs]);
  draft.option('network.predictable-names', reference.on('OFEAT_IFNAMES'), ['OFEAT_IFNAMES']);

  const [feature, size] = ['OFEAT_VM_SWAP', 'OCONF_VM_SWAP_SIZE'];
  const swap = reference.on(feature)
    ? draft.accepted('vm.swap-size', sizeSpellings(reference.text(size)))
    : 'off';
  draft.option('vm.swap-size', swap, reference.on(feature) ? [feature, size] : [feature]);

  const root = 'OCONF_VM_ROOTFS_SIZE';
  if (!reference.isGiven(root)) return;
  const total = mebibytes(reference.text(root));
  if (total === undefined) draft.drop([root], 'is no size such as 2G or 2048M');
  // And 64 MiB for the EFI system partition, and what lies around the partitions.
  else
    draft.option(
      'vm.disk-size',
      `${Math.ceil(total + (mebibytes(swap) ?? 0) + 68)}M`,
      [root],
      'the root, swap, and the EFI system partition',
    );
}
