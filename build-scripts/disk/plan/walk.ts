import type { DiskFile, DiskNode } from '../../config/disk-schema.ts';
import { inside, insidePartition, insideVolume, type Here } from './context.ts';
import type { YamlPath } from '../../config/yaml-source.ts';
import { subvolumesOf } from './nodes/btrfs-subvolumes.ts';

export interface Visit {
  readonly node: DiskNode;
  readonly here: Here;
}

/** All nodes, each before what lies in it, in the order of the layout. */
export function walk(disk: DiskFile): Visit[] {
  return disk.partitions.flatMap(({ name, content }, index) =>
    visit(content, insidePartition(name, index)),
  );
}

function visit(node: DiskNode, here: Here): Visit[] {
  const self = { node, here };
  switch (node.type) {
    case 'raid1':
    case 'luks':
      return [self, ...visit(node.content, inside(node, here))];
    case 'lvm':
      return [
        self,
        ...node.volumes.flatMap(({ content }, index) =>
          visit(content, insideVolume(node, here, index)),
        ),
      ];
    default:
      return [self];
  }
}

export interface MountOf extends Visit {
  readonly mount: string;
  /** What says so in the layout. */
  readonly path: YamlPath;
}

/** Everything that gets mounted, in the order of the layout. */
export function mountsOf(disk: DiskFile): MountOf[] {
  return walk(disk).flatMap((visited): MountOf[] => {
    const { node, here } = visited;
    if (!('mount' in node || 'subvolumes' in node)) return [];
    if (node.type === 'btrfs') {
      const subvolumes = subvolumesOf(node);
      if (subvolumes.length > 0)
        return subvolumes.map(({ name, mount }) => ({
          ...visited,
          mount,
          path:
            node.subvolumes?.[name] === undefined
              ? [...here.path, 'mount']
              : [...here.path, 'subvolumes', name],
        }));
    }
    const { mount } = node;
    return mount === undefined ? [] : [{ ...visited, mount, path: [...here.path, 'mount'] }];
  });
}

/** The directories whose content has to be measured for {@link PlanInput.contents}, each once. */
export const mountPointsOf = (disk: DiskFile): string[] => [
  ...new Set(mountsOf(disk).map(({ mount }) => mount)),
];

/** The nearest mount point at or above a directory; undefined when there is none. */
export function mountAbove(directory: string, mounts: Iterable<string>): string | undefined {
  let best: string | undefined;
  for (const mount of mounts)
    if (isBelow(directory, mount) && (best === undefined || mount.length > best.length))
      best = mount;
  return best;
}

/** Whether a path is a directory or lies in it. */
export const isBelow = (path: string, directory: string): boolean =>
  directory === '/' || path === directory || path.startsWith(`${directory}/`);
