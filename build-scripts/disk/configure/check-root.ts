import { UserError } from '../../host/errors.ts';
import { EFI_ARCHITECTURES, signedFiles, type EfiArchitecture } from '../boot-loaders/uefi.ts';
import type { DiskPlan, NodeOrigin, NodePlan } from '../disk-plan.ts';
import { placeOf } from '../filesystems/content-error.ts';
import { nodesOf } from '../plan/plan-nodes.ts';
import type { RootFacts } from './inspect-root.ts';

/** Something the image lacks for the layout. */
export interface RootProblem {
  readonly message: string;
  /** The package that helps. */
  readonly package?: string | undefined;
}

/** Files that {@link checkRoot} wants to know about. */
export const ASKED_FILES: readonly string[] = [
  '/sbin/init',
  '/usr/sbin/update-initramfs',
  '/usr/sbin/update-grub',
  '/usr/bin/zstd',
  '/usr/bin/grub-mkimage',
  ...Object.keys(EFI_ARCHITECTURES).flatMap((arch) =>
    signedFiles(arch as EfiArchitecture).map(({ file }) => file),
  ),
];

/** Whether Secure Boot will work with what the image has. */
export function hasSignedFiles(facts: RootFacts): boolean {
  const arch = efiArchitecture(facts);
  return arch !== undefined && signedFiles(arch).every(({ file }) => facts.files.has(file));
}

export function efiArchitecture({ architecture }: RootFacts): EfiArchitecture | undefined {
  return architecture !== undefined && architecture in EFI_ARCHITECTURES
    ? (architecture as EfiArchitecture)
    : undefined;
}

/** Compares what a layout needs with what the image has. Pure; finds everything at once. */
export function checkRoot(
  plan: DiskPlan,
  facts: RootFacts,
): { problems: RootProblem[]; warnings: string[] } {
  const problems: RootProblem[] = [];
  const warnings: string[] = [];
  const { packages, files, kernels, architecture } = facts;
  const need = (name: string, why: string): void => {
    if (!packages.has(name))
      problems.push({ message: `${why} needs the package ${name}`, package: name });
  };

  if (architecture === undefined) problems.push({ message: 'there is no dpkg in the image' });
  if (kernels.length === 0) {
    problems.push({
      message: 'there is no kernel in /boot of the image',
      package: architecture === undefined ? undefined : `linux-image-${architecture}`,
    });
  }
  if (!files.has('/sbin/init')) {
    problems.push({ message: 'there is no /sbin/init in the image', package: 'systemd-sysv' });
  }
  if (!files.has('/usr/sbin/update-initramfs')) {
    problems.push({
      message: 'booting from a disk needs an initramfs',
      package: 'initramfs-tools',
    });
  }

  checkLayers(plan, need);

  if (plan.firmware.includes('uefi')) {
    const arch = efiArchitecture(facts);
    if (arch !== undefined) need(`grub-efi-${arch}-bin`, 'firmware uefi');
    else if (architecture !== undefined) {
      problems.push({ message: `there is no GRUB for UEFI on ${architecture}` });
    }
  }
  if (plan.firmware.includes('bios')) {
    if (architecture === undefined || architecture === 'amd64')
      need('grub-pc-bin', 'firmware bios');
    else problems.push({ message: `there is no BIOS on ${architecture}: take firmware uefi` });
  }
  if (!files.has('/usr/sbin/update-grub')) {
    warnings.push(
      'the image has no update-grub (package grub2-common): new kernels will not appear in the boot menu',
    );
  }
  return { problems, warnings };
}

/** The packages that open the layers at boot and look after the file systems. */
function checkLayers(plan: DiskPlan, need: (name: string, why: string) => void): void {
  // Once per kind: the first node that needs it.
  const first = new Map<NodePlan['type'], NodePlan>();
  for (const node of nodesOf(plan)) if (!first.has(node.type)) first.set(node.type, node);
  const why = (node: NodeOrigin, text: string): string => `${placeOf(node)}: ${text}`;
  for (const node of first.values()) {
    switch (node.type) {
      case 'raid1':
        need('mdadm', why(node, 'the RAID1'));
        break;
      case 'luks':
        need('cryptsetup-initramfs', why(node, 'opening the LUKS at boot'));
        break;
      case 'lvm':
        need('lvm2', why(node, 'the LVM'));
        break;
      case 'btrfs':
        need('btrfs-progs', why(node, 'the btrfs'));
        break;
      default:
    }
  }
  const snapper = nodesOf(plan).find((node) => node.type === 'btrfs' && node.snapper);
  if (snapper !== undefined) need('snapper', why(snapper, 'snapper'));
}

/** @throws UserError with everything the image lacks */
export function requireRoot(plan: DiskPlan, facts: RootFacts, warn: (text: string) => void): void {
  const { problems, warnings } = checkRoot(plan, facts);
  for (const warning of warnings) warn(warning);
  if (problems.length === 0) return;
  const packages = [...new Set(problems.flatMap((problem) => problem.package ?? []))];
  throw new UserError(
    `the root file system cannot boot from this disk:${problems.map(({ message }) => `\n  - ${message}`).join('')}`,
    packages.length === 0
      ? {}
      : {
          hint: `install in the image, for example with the profile's packages: ${packages.join(' ')}`,
        },
  );
}
