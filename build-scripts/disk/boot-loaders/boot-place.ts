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
}

interface Layer {
  readonly type: 'raid1' | 'luks' | 'lvm';
  /** LVM: the name of the volume below /dev/mapper. */
  readonly mapper?: string | undefined;
}

/** All mounted places of a disk. */
function placesOf(plan: DiskPlan): Place[] {
  const visit = (node: NodePlan, layers: readonly Layer[]): Place[] => {
    switch (node.type) {
      case 'raid1':
      case 'luks':
        return visit(node.content, [...layers, { type: node.type }]);
      case 'lvm':
        return node.volumes.flatMap(({ name, content }) =>
          visit(content, [...layers, { type: 'lvm', mapper: mapperName(node.name, name) }]),
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
          }));
        }
        return node.mount === undefined ? [] : [{ node, mount: node.mount, layers }];
    }
  };
  return plan.partitions.flatMap(({ content }) => visit(content, []));
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
