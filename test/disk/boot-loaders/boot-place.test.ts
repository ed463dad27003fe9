import { describe, expect, test } from '@jest/globals';
import {
  grubDevice,
  grubModules,
  grubUuid,
  pathForGrub,
  placeOfDirectory,
  rootArguments,
} from '../../../build-scripts/disk/boot-loaders/boot-place.ts';
import { BTRFS_BOOT, PLAIN, planOf, STACK } from '../support/disk-plans.ts';

describe('where GRUB and the kernel find things', () => {
  test.each([
    {
      name: 'one ext4 in a partition',
      layout: PLAIN,
      uuid: '0b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f',
      boot: '/boot',
      device: ',msdos1',
      modules: ['part_msdos', 'ext2'],
      root: ['root=UUID=0b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f', 'ro'],
    },
    {
      name: '/boot on RAID1, the root in LUKS, LVM and a subvolume',
      layout: STACK,
      uuid: '0b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f',
      boot: '',
      device: 'mduuid/52ef289cb5c2490d9c4083951d2058aa',
      modules: ['part_gpt', 'diskfilter', 'mdraid1x', 'ext2'],
      root: ['root=/dev/mapper/vg--0-root--a', 'ro', 'rootflags=subvol=@rootfs'],
    },
    {
      name: '/boot in a subvolume on LVM',
      layout: BTRFS_BOOT,
      uuid: '1b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f',
      boot: '/@rootfs/boot',
      device: 'lvm/vg-root',
      modules: ['part_gpt', 'diskfilter', 'lvm', 'btrfs'],
      root: ['root=/dev/mapper/vg-root', 'ro', 'rootflags=subvol=@rootfs'],
    },
  ])('$name', ({ layout, uuid, boot, device, modules, root }) => {
    const plan = planOf(layout);
    const place = placeOfDirectory(plan, '/boot');
    expect(grubUuid(place)).toBe(uuid);
    expect(pathForGrub(place, '/boot')).toBe(boot);
    expect(grubDevice(plan, place)).toBe(device);
    expect(grubModules(plan, place)).toEqual(modules);
    expect(rootArguments(placeOfDirectory(plan, '/'))).toEqual(root);
  });

  test('a directory belongs to the nearest mount point, by whole names', () => {
    const plan = planOf(STACK);
    expect(placeOfDirectory(plan, '/var/log/apt').mount).toBe('/var/log');
    expect(placeOfDirectory(plan, '/var/logs').mount).toBe('/');
    expect(placeOfDirectory(plan, '/home').subvolume).toBe('@home');
    expect(grubUuid(placeOfDirectory(plan, '/boot/efi/EFI'))).toMatch(/^[0-9A-F]{4}-[0-9A-F]{4}$/);
  });
});
