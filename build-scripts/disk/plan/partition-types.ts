import type { DiskNode } from '../../config/disk-schema.ts';

export const ESP_MOUNT = '/boot/efi';
export const BIOS_BOOT_TYPE = '21686148-6449-6E6F-744E-656564454649';

/** GPT type GUIDs of the Discoverable Partitions Specification, and MBR types as fdisk has them. */
const TYPES = {
  esp: { gpt: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', mbr: 'ef' },
  vfat: { gpt: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7', mbr: '0c' },
  ext4: { gpt: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', mbr: '83' },
  btrfs: { gpt: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', mbr: '83' },
  swap: { gpt: '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F', mbr: '82' },
  raid1: { gpt: 'A19D880F-05FC-4D3B-A006-743F0F84911E', mbr: 'fd' },
  luks: { gpt: 'CA7D7CCB-63ED-4C53-861C-1742536059CC', mbr: '83' },
  lvm: { gpt: 'E6D6D379-F507-44C2-A23C-238F2A3DF928', mbr: '8e' },
} as const satisfies Record<DiskNode['type'] | 'esp', { gpt: string; mbr: string }>;

/** The type of a partition: that of its topmost content, but firmware has to see every ESP. */
export function partitionType(content: DiskNode, table: 'gpt' | 'mbr'): string {
  const inner = content.type === 'raid1' ? content.content : content;
  const isEsp = inner.type === 'vfat' && inner.mount === ESP_MOUNT;
  return TYPES[isEsp ? 'esp' : content.type][table];
}
