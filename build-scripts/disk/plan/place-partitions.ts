import type { DiskFile } from '../../config/disk-schema.ts';
import type { DiskPlan, Firmware, PartitionPlan } from '../disk-plan.ts';
import { checkReach } from './checks/sizes.ts';
import { insidePartition, type PlanContext } from './context.ts';
import { divide, wantedUnits, type Share } from './divide.ts';
import { BIOS_BOOT_TYPE, partitionType } from './partition-types.ts';
import { MIB, alignDown, parseSize } from './sizes.ts';
import { mountAbove, mountsOf } from './walk.ts';

/**
 * The table and, for an MBR, GRUB's core image lie in the first MiB. A GPT has a copy in the last 34
 * sectors, which is a MiB again to keep the disk a multiple of it.
 */
const FRONT = MIB;
const END = { gpt: MIB, mbr: 0 } as const;

/** Before the first of the user's partitions, at LBA 2048: GRUB's core image. */
const BIOS_BOOT_SIZE = MIB;
export const BIOS_BOOT_NAME = 'bios-boot';

export const firmwareOf = (disk: DiskFile): Firmware[] => [...new Set(disk.firmware)];

export const hasBiosBoot = (disk: DiskFile): boolean =>
  disk.table === 'gpt' && disk.firmware.includes('bios');

/** Decides the table and everything in it; reports what does not fit. */
export function placePartitions(disk: DiskFile, context: PlanContext): DiskPlan {
  const { identities } = context;
  const { table } = disk;
  const shares = disk.partitions.map(({ name, size, content }, index): Share => {
    const within = insidePartition(name, index);
    return {
      spec: parseSize(size),
      part: within.part,
      needs: () => context.needs(content, within),
    };
  });
  const biosBoot = hasBiosBoot(disk) ? BIOS_BOOT_SIZE : 0;
  const overhead = FRONT + biosBoot + END[table];
  const spec = parseSize(disk.size);
  const size =
    spec.kind === 'bytes' ? alignDown(spec.bytes, MIB) : overhead + wantedUnits(shares, MIB) * MIB;
  checkReach(disk, size, context);
  const room = Math.max(0, size - overhead) / MIB;
  const sizes = divide(shares, room, MIB, context, {
    at: ['size'],
    parts: 'the partitions',
    whole: 'the disk without its partition table',
  });

  const partitions: PartitionPlan[] = [];
  if (biosBoot > 0) partitions.push(biosBootPartition(identities.uuid('builtin', 'partition')));
  let offset = FRONT + biosBoot;
  const active = activePartition(disk);
  disk.partitions.forEach(({ name, content }, index) => {
    const within = insidePartition(name, index);
    const origin = context.origin(within.part.path);
    const partitionSize = (sizes[index] ?? 0) * MIB;
    partitions.push({
      ...origin,
      number: partitions.length + 1,
      name,
      offset,
      size: partitionSize,
      type: partitionType(content, table),
      uuid: table === 'gpt' ? identities.uuid(origin.path, 'partition').toUpperCase() : undefined,
      active: index === active,
      content: context.place(content, within, { offset: 0, size: partitionSize }),
    });
    offset += partitionSize;
  });
  return {
    size,
    firmware: firmwareOf(disk),
    table,
    diskId:
      table === 'gpt' ? identities.uuid('', 'disk').toUpperCase() : identities.mbrId('', 'disk'),
    partitions,
  };
}

function biosBootPartition(uuid: string): PartitionPlan {
  return {
    path: 'builtin',
    number: 1,
    name: BIOS_BOOT_NAME,
    offset: FRONT,
    size: BIOS_BOOT_SIZE,
    type: BIOS_BOOT_TYPE,
    uuid: uuid.toUpperCase(),
    active: false,
    content: { type: 'bios-boot', path: 'builtin', offset: 0, size: BIOS_BOOT_SIZE },
  };
}

/** Some firmware boots from an MBR only when a partition is active: the one with /boot. */
function activePartition(disk: DiskFile): number | undefined {
  if (disk.table !== 'mbr' || !disk.firmware.includes('bios')) return undefined;
  const mounts = mountsOf(disk);
  const boot = mountAbove(
    '/boot',
    mounts.map(({ mount }) => mount),
  );
  const index = mounts.find(({ mount }) => mount === boot)?.here.path[1];
  return typeof index === 'number' ? index : undefined;
}
