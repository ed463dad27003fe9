import type { DiskFile } from '../../../config/disk-schema.ts';
import type { PlanContext } from '../context.ts';
import { metadataOf } from '../nodes/raid1.ts';
import { ESP_MOUNT } from '../partition-types.ts';
import { mountAbove, mountsOf, type MountOf } from '../walk.ts';

const ESP_EXAMPLE = '{name: esp, size: 256M, content: {type: vfat, mount: /boot/efi}}';
const BOOT_EXAMPLE = '{name: boot, size: 1G, content: {type: ext4, mount: /boot}}';

/** Reports what keeps firmware and boot loader from finding the kernel. */
export function checkBoot(disk: DiskFile, context: PlanContext): void {
  const mounts = mountsOf(disk);
  const esp = mounts.find(({ mount }) => mount === ESP_MOUNT);
  if (esp !== undefined) checkEsp(esp, context);
  else if (disk.firmware.includes('uefi'))
    context.mistake(
      ['firmware'],
      `uefi boots from an ESP, and there is none: a vfat mounted at ${ESP_MOUNT}`,
      `add a partition like ${ESP_EXAMPLE}`,
    );

  const above = mountAbove(
    '/boot',
    mounts.map(({ mount }) => mount),
  );
  const boot = mounts.find(({ mount }) => mount === above);
  if (boot !== undefined) checkKernelFileSystem(boot, context);
}

function checkEsp({ node, here, path }: MountOf, context: PlanContext): void {
  if (node.type !== 'vfat') {
    context.mistake(
      [...here.path, 'type'],
      `the ESP has to be a vfat, firmware does not read ${node.type}`,
    );
    return;
  }
  const layer = here.ancestors.find(
    (ancestor) => ancestor.type !== 'raid1' || metadataOf(ancestor) !== '1.0',
  );
  if (layer === undefined) return;
  const where =
    layer.type === 'raid1' ? 'a RAID1 with metadata 1.2' : layer.type === 'luks' ? 'LUKS' : 'LVM';
  context.mistake(
    path,
    `the ESP can not lie in ${where}: firmware does not read it there`,
    'put it into a partition of its own, or into a RAID1 with metadata "1.0"',
  );
}

/** GRUB reads ext4 and btrfs in a partition, on RAID1 and on LVM, but opens no LUKS. */
function checkKernelFileSystem(boot: MountOf, context: PlanContext): void {
  const { node, here, path, mount } = boot;
  const luks = here.ancestors.find(({ type }) => type === 'luks');
  if (luks !== undefined && 'name' in luks)
    context.mistake(
      path,
      mount === '/boot'
        ? `/boot lies in the LUKS "${luks.name}", which the boot loader can not open`
        : `the root lies in the LUKS "${luks.name}" and /boot in the root: the boot loader can not open it`,
      `/boot can be an ext4 or btrfs in a partition, on RAID1 or on LVM, or part of a root without LUKS\n` +
        `an encrypted root needs a /boot of its own, like ${BOOT_EXAMPLE}`,
    );
  if (mount === '/boot' && node.type === 'vfat')
    context.mistake(
      [...here.path, 'type'],
      '/boot can not be a vfat: dpkg needs hard links to install kernels',
      'take ext4 or btrfs; the ESP is mounted at /boot/efi',
    );
}
