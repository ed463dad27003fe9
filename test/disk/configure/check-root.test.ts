import { describe, expect, test } from '@jest/globals';
import {
  ASKED_FILES,
  checkRoot,
  hasSignedFiles,
  requireRoot,
} from '../../../build-scripts/disk/configure/check-root.ts';
import { parseFacts, type RootFacts } from '../../../build-scripts/disk/configure/inspect-root.ts';
import { formatError } from '../../../build-scripts/host/errors.ts';
import { PLAIN, planOf, STACK } from '../support/disk-plans.ts';

const PACKAGES = [
  'btrfs-progs',
  'cryptsetup-initramfs',
  'grub-efi-amd64-bin',
  'grub-pc-bin',
  'lvm2',
  'mdadm',
  'snapper',
];
const complete: RootFacts = {
  version: '12',
  architecture: 'amd64',
  packages: new Set(PACKAGES),
  kernels: ['6.1.0-9-amd64'],
  files: new Set(ASKED_FILES),
};
const messages = (layout: string, facts: Partial<RootFacts>): string[] =>
  checkRoot(planOf(layout), { ...complete, ...facts }).problems.map(({ message }) => message);

describe('what an image needs for a layout', () => {
  test('nothing is missing', () => {
    expect(checkRoot(planOf(STACK), complete)).toEqual({ problems: [], warnings: [] });
  });

  test.each([
    ['mdadm', 'partitions[1].content: the RAID1 needs the package mdadm'],
    [
      'cryptsetup-initramfs',
      'partitions[2].content.content: opening the LUKS at boot needs the package cryptsetup-initramfs',
    ],
    ['lvm2', 'partitions[2].content.content.content: the LVM needs the package lvm2'],
    [
      'btrfs-progs',
      'partitions[2].content.content.content.volumes[0].content: the btrfs needs the package btrfs-progs',
    ],
    [
      'snapper',
      'partitions[2].content.content.content.volumes[0].content: snapper needs the package snapper',
    ],
    ['grub-efi-amd64-bin', 'firmware uefi needs the package grub-efi-amd64-bin'],
    ['grub-pc-bin', 'firmware bios needs the package grub-pc-bin'],
  ])('without %s', (missing, message) => {
    const packages = new Set(PACKAGES.filter((name) => name !== missing));
    expect(messages(STACK, { packages })).toEqual([message]);
  });

  test('a plain layout needs only GRUB for its firmware', () => {
    expect(messages(PLAIN, { packages: new Set(['grub-pc-bin']) })).toEqual([]);
  });

  test.each([
    ['no kernel', { kernels: [] }, 'there is no kernel in /boot of the image'],
    [
      'no init',
      { files: new Set(ASKED_FILES.filter((file) => file !== '/sbin/init')) },
      'there is no /sbin/init in the image',
    ],
    [
      'no initramfs-tools',
      { files: new Set(ASKED_FILES.filter((file) => !file.includes('initramfs'))) },
      'booting from a disk needs an initramfs',
    ],
    ['arm64 and BIOS', { architecture: 'arm64' }, 'there is no BIOS on arm64: take firmware uefi'],
    ['no dpkg', { architecture: undefined }, 'there is no dpkg in the image'],
  ])('%s', (_, facts, message) => {
    expect(messages(PLAIN, facts)).toEqual([message]);
  });

  test('everything at once, and what to install', () => {
    const warned: string[] = [];
    const facts = {
      ...complete,
      packages: new Set<string>(),
      kernels: [],
      files: new Set<string>(),
    };
    let text = '';
    try {
      requireRoot(planOf(PLAIN), facts, (warning) => warned.push(warning));
    } catch (error) {
      text = formatError(error);
    }
    expect(text).toBe(`the root file system cannot boot from this disk:
  - there is no kernel in /boot of the image
  - there is no /sbin/init in the image
  - booting from a disk needs an initramfs
  - firmware bios needs the package grub-pc-bin
  hint: install in the image, for example with the profile's packages: linux-image-amd64 systemd-sysv initramfs-tools grub-pc-bin`);
    expect(warned).toEqual([
      'the image has no update-grub (package grub2-common): new kernels will not appear in the boot menu',
    ]);
  });

  test('Secure Boot needs both signed files of the architecture', () => {
    expect(hasSignedFiles(complete)).toBe(true);
    const shim = '/usr/lib/shim/shimx64.efi.signed';
    expect(hasSignedFiles({ ...complete, files: new Set([shim]) })).toBe(false);
    const onlyX64 = new Set(ASKED_FILES.filter((file) => file.includes('x64')));
    expect(hasSignedFiles({ ...complete, files: onlyX64 })).toBe(true);
    expect(hasSignedFiles({ ...complete, architecture: 'arm64', files: onlyX64 })).toBe(false);
  });
});

test('facts are read from the lines of inspect-root.sh, newest kernel first', () => {
  const text = `file /sbin/init
version 12
architecture amd64
package grub-pc-bin
package mdadm
kernel 6.1.0-10-amd64
kernel 6.1.0-9-amd64
kernel 6.12.0-1-amd64
`;
  expect(parseFacts(text)).toEqual({
    version: '12',
    architecture: 'amd64',
    packages: new Set(['grub-pc-bin', 'mdadm']),
    kernels: ['6.12.0-1-amd64', '6.1.0-10-amd64', '6.1.0-9-amd64'],
    files: new Set(['/sbin/init']),
  });
  expect(parseFacts('version \n').version).toBeUndefined();
});
