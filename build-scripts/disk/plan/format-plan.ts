import type { DiskPlan, LogicalVolumePlan, NodePlan, PartitionPlan } from '../disk-plan.ts';
import { exactSize } from './sizes.ts';
import { alignColumns } from './tables.ts';

/** A line of the tree. */
interface Row {
  readonly title: string;
  /** Bytes in the parent's space; undefined for what has no place of its own. */
  readonly offset?: number | undefined;
  readonly size?: number | undefined;
  readonly facts: readonly (string | undefined | false)[];
  readonly inside: readonly Row[];
}

/**
 * A plan as a tree for people, one line per node: offset in its parent, size, identity and what else
 * is decided. Sizes are exact. Ends with a line break.
 */
export function formatPlan(plan: DiskPlan): string {
  const disk: Row = {
    title: 'disk',
    size: plan.size,
    facts: [`${plan.table} ${plan.diskId}`, `boots with ${plan.firmware.join(' and ')}`],
    inside: plan.partitions.map(partitionRow),
  };
  const lines = alignColumns([
    ['', 'offset', 'size', ''],
    ...tree(disk, '', '').map(({ text, row }) => [
      text,
      row.offset === undefined ? '' : exactSize(row.offset),
      row.size === undefined ? '' : exactSize(row.size),
      row.facts.filter((fact) => typeof fact === 'string').join(', '),
    ]),
  ]);
  return `${lines.join('\n')}\n`;
}

function tree(row: Row, first: string, next: string): { text: string; row: Row }[] {
  return [
    { text: first + row.title, row },
    ...row.inside.flatMap((child, index) => {
      const isLast = index === row.inside.length - 1;
      return tree(child, next + (isLast ? '└─ ' : '├─ '), next + (isLast ? '   ' : '│  '));
    }),
  ];
}

const partitionRow = (partition: PartitionPlan): Row => ({
  title: `${partition.number} ${partition.name}`,
  offset: partition.offset,
  size: partition.size,
  facts: [`type ${partition.type}`, partition.uuid, partition.active && 'active'],
  inside: partition.content.type === 'bios-boot' ? [] : [nodeRow(partition.content)],
});

function nodeRow(node: NodePlan): Row {
  const { offset, size } = node;
  const row = (title: string, facts: Row['facts'], inside: readonly Row[] = []): Row => ({
    title,
    offset,
    size,
    facts,
    inside,
  });
  switch (node.type) {
    case 'bios-boot':
      return row('bios-boot', []);
    case 'vfat':
      return row(mounted('vfat', node.mount), [node.serial, label(node.label), node.options]);
    case 'ext4':
      return row(mounted('ext4', node.mount), [node.uuid, label(node.label), node.options]);
    case 'btrfs':
      return row(
        mounted('btrfs', node.mount),
        [
          node.uuid,
          label(node.label),
          node.subvolumes.length === 0 && node.options,
          node.snapper && 'snapper',
        ],
        node.subvolumes.map(({ name, mount, options, isDefault }) => ({
          title: mounted(name, mount),
          facts: [options, isDefault && 'default'],
          inside: [],
        })),
      );
    case 'swap':
      return row('swap', [node.uuid, label(node.label), node.options]);
    case 'raid1':
      return row(
        `raid1 ${node.name}`,
        [
          node.arrayUuid,
          `metadata ${node.metadata} at ${exactSize(node.superblockOffset)}`,
          `data at ${exactSize(node.dataOffset)}`,
          node.devices === 1 ? '1 device' : `1 of ${node.devices} devices`,
        ],
        [nodeRow(node.content)],
      );
    case 'luks':
      return row(
        `luks ${node.name}`,
        [
          node.uuid,
          `LUKS${node.version}`,
          `${node.cipher} ${node.keySize}`,
          `sectors of ${node.sectorSize}`,
          `payload at ${exactSize(node.payloadOffset)}`,
          passphrase(node.passphrase),
          node.fill && 'free space filled',
        ],
        [nodeRow(node.content)],
      );
    case 'lvm': {
      const used = node.volumes.reduce((sum, { extentCount }) => sum + extentCount, 0);
      return row(
        `lvm ${node.name}`,
        [
          `extents of ${exactSize(node.extentSize)} from ${exactSize(node.extentsOffset)}`,
          `${used} of ${node.extentCount} used`,
          `VG ${node.vgUuid}`,
          `PV ${node.pvUuid}`,
        ],
        node.volumes.map((volume) => volumeRow(volume, node.extentsOffset, node.extentSize)),
      );
    }
  }
}

const volumeRow = (volume: LogicalVolumePlan, start: number, extentSize: number): Row => ({
  title: volume.name,
  offset: start + volume.firstExtent * extentSize,
  size: volume.extentCount * extentSize,
  facts: [`LV ${volume.uuid}`],
  inside: [nodeRow(volume.content)],
});

const mounted = (title: string, mount: string | undefined): string =>
  mount === undefined ? title : `${title} ${mount}`;

const label = (text: string | undefined): string | undefined => text && `label ${text}`;

function passphrase(source: Extract<NodePlan, { type: 'luks' }>['passphrase']): string {
  if ('file' in source) return `passphrase from the file ${source.file}`;
  return 'env' in source ? `passphrase from $${source.env}` : 'passphrase is asked for';
}
