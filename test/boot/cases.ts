import { existsSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from '../../build-scripts/host/find-program.ts';

/** An image that is built from a profile and started. */
export interface BootCase {
  /** Without ending, below profiles/; all-options/NAME: of test/fixtures/all-options. */
  readonly profile: string;
  /** Default: all that the image is made for. */
  readonly firmware?: 'bios' | 'uefi' | 'secure-boot';
  /** Default: one boot with the tests of the collections. */
  readonly scenario?: string;
  /** Formats instead of those of the profile; the first disk is started. */
  readonly output?: readonly string[];
  /** Why this machine can not run it. @param images folder with those that were built */
  readonly needs?: (images: string) => string | undefined;
}

export const caseName = ({ profile, firmware, scenario, output }: BootCase): string =>
  [profile, ...(output ?? []), firmware, scenario].filter((part) => part !== undefined).join(', ');

const isRoot = process.geteuid?.() === 0;

/**
 * Why this machine can not start an image of a profile; undefined when it can.
 * @param images folder with those that were built
 */
export function needsOf({ profile, needs }: BootCase, images: string): string | undefined {
  if (needs !== undefined) return needs(images);
  if (profile.includes('lxc')) return container();
  if (process.arch !== 'x64') return 'this machine is no amd64';
  if (findProgram('qemu-system-x86_64') === undefined) return 'not installed: qemu-system-x86';
  if (findProgram('qemu-img') === undefined) return 'not installed: qemu-utils';
  return existsSync('/usr/share/OVMF/OVMF_CODE_4M.ms.fd') ? undefined : 'not installed: ovmf';
}

function container(): string | undefined {
  if (findProgram('systemd-nspawn') === undefined) return 'not installed: systemd-container';
  return isRoot ? undefined : 'containers need root';
}

function arm64(): string | undefined {
  if (!existsSync('/proc/sys/fs/binfmt_misc/qemu-aarch64'))
    return 'this machine can not run programs for arm64 (package qemu-user-static)';
  if (findProgram('qemu-system-aarch64') === undefined)
    return 'not installed: qemu-system-aarch64 (package qemu-system-arm)';
  return existsSync('/usr/share/AAVMF/AAVMF_CODE.fd')
    ? undefined
    : 'not installed: qemu-efi-aarch64';
}

/** Elsewhere it is started in a machine, which has to be there already: it takes long enough. */
function arm64Container(images: string): string | undefined {
  if (process.arch === 'arm64') return container();
  const reason = arm64();
  if (reason !== undefined) return reason;
  const isThere = (machine: string): boolean =>
    existsSync(path.join(images, machine, `${machine}_manifest.json`));
  return ['deb12-arm64-kvm', 'deb13-arm64-kvm'].some(isThere)
    ? undefined
    : 'there is no machine for arm64 to start it in: test deb13-arm64-kvm first';
}

const ALL_OPTIONS = 'all-options/';

/** Where the profile of a case lies, relative to the checkout. */
export const profilePath = ({ profile }: BootCase): string =>
  profile.startsWith(ALL_OPTIONS)
    ? `test/fixtures/all-options/profiles/${profile.slice(ALL_OPTIONS.length)}.yml`
    : `profiles/${profile}.yml`;

/** All shipped profiles, all options, and what no single boot shows; the most telling ones first. */
export const CASES: readonly BootCase[] = [
  { profile: 'deb12-amd64-lxc' },
  { profile: 'deb12-amd64-kvm' },
  { profile: 'deb13-amd64-hardware-uefi' },
  { profile: 'deb12-amd64-hardware-bios' },
  { profile: 'deb12-amd64-kvm', firmware: 'bios', scenario: 'larger-disk' },
  { profile: 'deb12-amd64-esxi' },
  { profile: 'deb13-amd64-kvm' },
  { profile: 'examples/hardware-raid1-luks' },
  { profile: 'all-options/vm-hybrid' },
  { profile: 'all-options/hardware-layers' },
  { profile: 'all-options/hardware-mbr' },
  { profile: 'deb11-amd64-kvm' },
  { profile: 'deb12-amd64-hyper-v', firmware: 'secure-boot' },
  { profile: 'deb13-amd64-lxc' },
  { profile: 'deb11-amd64-lxc' },
  { profile: 'examples/lxc-minimal' },
  { profile: 'examples/lxc-ansible' },
  { profile: 'examples/web-server' },
  { profile: 'examples/lxc-services' },
  { profile: 'all-options/lxc-accounts' },
  { profile: 'all-options/lxc-daemons' },
  { profile: 'all-options/lxc-firewall' },
  { profile: 'deb12-amd64-kvm', firmware: 'bios', scenario: 'clones' },
  { profile: 'deb12-amd64-kvm', firmware: 'secure-boot', scenario: 'power-cut' },
  { profile: 'examples/hardware-raid1-luks', scenario: 'second-disk' },
  { profile: 'examples/hardware-raid1-luks', scenario: 'wrong-passphrase' },
  { profile: 'examples/vm-encrypted' },
  { profile: 'examples/hardware-hybrid' },
  { profile: 'deb12-amd64-hardware-uefi' },
  { profile: 'deb13-amd64-hardware-bios' },
  { profile: 'deb11-amd64-hardware-uefi' },
  { profile: 'deb11-amd64-hardware-bios' },
  { profile: 'deb13-amd64-esxi' },
  { profile: 'deb11-amd64-esxi' },
  { profile: 'deb12-amd64-hyper-v', firmware: 'bios' },
  { profile: 'deb13-amd64-hyper-v' },
  { profile: 'deb11-amd64-hyper-v' },
  { profile: 'deb12-arm64-kvm', needs: arm64 },
  { profile: 'deb13-arm64-kvm', needs: arm64 },
  { profile: 'deb12-arm64-lxc', needs: arm64Container },
  { profile: 'deb13-arm64-lxc', needs: arm64Container },
];
