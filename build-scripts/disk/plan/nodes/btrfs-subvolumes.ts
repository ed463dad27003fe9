import type { NodeOf } from './node-kind.ts';

export const ROOT_SUBVOLUME = '@rootfs';
export const SNAPSHOTS_SUBVOLUME = '@snapshots';
export const SNAPSHOTS_MOUNT = '/.snapshots';

/**
 * The subvolumes of a btrfs, in the order of the layout, with those that are understood: a root is
 * `@rootfs` unless another subvolume is mounted there, and with snapper `@snapshots` is mounted at
 * /.snapshots unless another one is.
 */
export function subvolumesOf(node: NodeOf<'btrfs'>): { name: string; mount: string }[] {
  const declared = Object.entries(node.subvolumes ?? {}).map(([name, mount]) => ({ name, mount }));
  const has = (mount: string): boolean => declared.some((entry) => entry.mount === mount);
  const isRoot = node.mount === '/' || has('/');
  if (!isRoot) return declared;
  return [
    ...(has('/') ? [] : [{ name: ROOT_SUBVOLUME, mount: '/' }]),
    ...declared,
    ...(node.snapper === true && !has(SNAPSHOTS_MOUNT)
      ? [{ name: SNAPSHOTS_SUBVOLUME, mount: SNAPSHOTS_MOUNT }]
      : []),
  ];
}
