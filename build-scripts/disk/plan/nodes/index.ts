import type { DiskNode } from '../../../config/disk-schema.ts';
import { btrfs } from './btrfs.ts';
import { ext4 } from './ext4.ts';
import { luks } from './luks.ts';
import { lvm } from './lvm.ts';
import type { NodeKind, NodeType } from './node-kind.ts';
import { raid1 } from './raid1.ts';
import { swap } from './swap.ts';
import { vfat } from './vfat.ts';

/** All types of nodes: a new one is one file and one entry here. */
const NODE_KINDS: { readonly [T in NodeType]: NodeKind<T> } = {
  vfat,
  ext4,
  btrfs,
  swap,
  raid1,
  luks,
  lvm,
};

/** The record for a node's type. */
export const kindOf = <N extends DiskNode>(node: N): NodeKind<N['type']> =>
  NODE_KINDS[node.type as N['type']];
