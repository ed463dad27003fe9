import type { DiskPlan, NodePlan } from '../disk-plan.ts';
import { mapperName } from '../plan/mapper-name.ts';

/** A directory of the running system, as it is reached from below. */
export interface Place {
  /** The file system that holds it. */
  readonly node: Extract<NodePlan, { type: 'ext4' | 'btrfs' | 'vfat' }>;
  /** Where that is mounted. */
  readonly mount: string;
  /** btrfs: the subvolume. */
  readonly subvolume?: string | undefined;
  /** The layers around it, outermost first; the last one may be an LV. */
  readonly layers: readonly Layer[];
  /** Number of the partition that holds all of it. */
  readonly partition: number;
}

interface Layer {
  readonly type: 'raid1' | 'luks' | 'lvm';
  /** LVM: the name of the volume below /dev/mapper. */
  readonly mapper?: string | undefined;
  /** RAID1: its UUID, 32 hexadecimal digits. */
  readonly array?: string | undefined;
}

/** All mounted places of a disk. */
function placesOf(plan: DiskPlan): Place[] {
  const visit = (node: NodePlan, layers: readonly Layer[], partition: number): Place[] => {
    const inside = (content: NodePlan, layer: Layer): Place[] =>
      visit(content, [...layers, layer], partition);
    switch (node.type) {
      case 'raid1':
        return inside(node.content, { type: node.type, array: node.arrayUuid });
      case 'luks':
        return inside(node.content, { type: node.type });
      case 'lvm':
        return node.volumes.flatMap(({ name, content }) =>
          inside(content, { type: 'lvm', mapper: mapperName(node.name, name) }),
        );
      case 'bios-boot':
      case 'swap':
        return [];
      default:
        if (node.type === 'btrfs' && node.subvolumes.length > 0) {
          return node.subvolumes.map(({ name, mount }) => ({
            node,
            mount,
            layers,
            subvolume: name,
            partition,
          }));
        }
        return node.mount === undefined ? [] : [{ node, mount: node.mount, layers, partition }];
    }
  };
  return plan.partitions.flatMap(({ content, number }) => visit(content, [], number));
}

/**
 * The place that holds a directory: the one with the longest mount point above it.
 * @throws Error when nothing is mounted there, which no plan allows for / and /boot
 */
export function placeOfDirectory(plan: DiskPlan, directory: string): Place {
  const above = placesOf(plan).filter(
    ({ mount }) => mount === '/' || directory === mount || directory.startsWith(`${mount}/`),
  );
  const [nearest] = above.sort((a, b) => b.mount.length - a.mount.length);
  if (nearest === undefined) throw new Error(`nothing is mounted at or above ${directory}`);
  return nearest;
}

/**
 * A directory as GRUB names it: below the top level of its file system, whatever subvolume is
 * mounted by default. Empty for the top itself.
 */
export function pathForGrub({ mount, subvolume }: Place, directory: string): string {
  const below = directory.slice(mount === '/' ? 0 : mount.length).replace(/\/$/, '');
  return `${subvolume === undefined ? '' : `/${subvolume}`}${below}`;
}

/** The UUID that GRUB's search.fs_uuid looks for. */
export function grubUuid({ node }: Place): string {
  return node.type === 'vfat' ? node.serial : node.uuid;
}

/**
 * Where GRUB finds a place without knowing the file system's UUID, which may change on the machine:
 * the volume, the array, or the partition of the disk that GRUB itself was loaded from.
 */
export function grubDevice({ table }: DiskPlan, { layers, partition }: Place): string {
  const { mapper, array } = layers.at(-1) ?? {};
  if (mapper !== undefined) return `lvm/${mapper}`;
  if (array !== undefined) return `mduuid/${array}`;
  return `,${table === 'gpt' ? 'gpt' : 'msdos'}${partition}`;
}

const NODE_MODULES = { ext4: ['ext2'], btrfs: ['btrfs'], vfat: ['fat'] } as const;
const LAYER_MODULES = {
  raid1: ['diskfilter', 'mdraid1x'],
  lvm: ['diskfilter', 'lvm'],
  // Whoever plans a disk keeps /boot out of LUKS.
  luks: [],
} as const;

/** What GRUB needs to read a place, beside the disk driver of the firmware. */
export function grubModules({ table }: DiskPlan, { node, layers }: Place): string[] {
  return [
    ...new Set([
      table === 'gpt' ? 'part_gpt' : 'part_msdos',
      ...layers.flatMap(({ type }) => LAYER_MODULES[type]),
      ...NODE_MODULES[node.type],
    ]),
  ];
}

/** The kernel's `root=` and what belongs to it, as update-grub writes them on the machine. */
export function rootArguments({ node, layers, subvolume }: Place): string[] {
  const mapper = layers.at(-1)?.mapper;
  return [
    mapper === undefined
      ? `root=UUID=${grubUuid({ node } as Place)}`
      : `root=/dev/mapper/${mapper}`,
    'ro',
    ...(subvolume === undefined ? [] : [`rootflags=subvol=${subvolume}`]),
  ];
}
