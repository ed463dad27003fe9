import { MIB } from '../sizes.ts';
import { defaultMountOptions } from '../mount-options.ts';
import { autoSize, checkCapacity, checkLabel, checkOptions, type SpaceUse } from './file-system.ts';
import type { NodeKind } from './node-kind.ts';

const BLOCK = 4096;
/** Blocks of a group: one bitmap block covers them (Documentation/filesystems/ext4). */
const GROUP_BLOCKS = 8 * BLOCK;
/** Bytes of a group descriptor with the feature 64bit. */
const DESCRIPTOR = 64;
const INODE = 256;
const BYTES_PER_INODE = 16_384;

/**
 * What an ext4 as filesystems/ext4.ts makes it takes for itself: bitmaps, inode tables, journal, and
 * group descriptors with room to grow 1024-fold, which are kept in several groups. More than one
 * inode per 16 KiB, when there are very many small files, has to fit into the headroom.
 */
function metadata(size: number): number {
  const blocks = Math.floor(size / BLOCK);
  const groups = Math.max(1, Math.ceil(blocks / GROUP_BLOCKS));
  const inodeTables = (size / BYTES_PER_INODE) * INODE + groups * BLOCK;
  const bitmaps = groups * 2 * BLOCK;
  const descriptors = Math.ceil((groups * DESCRIPTOR) / BLOCK);
  // resize_inode: at most as many blocks as one indirect block can name.
  const reserved = Math.min(descriptors * 1023, BLOCK / 4, Math.ceil(blocks / GROUP_BLOCKS) * 16);
  const copies = backupGroups(groups);
  return (
    inodeTables +
    bitmaps +
    copies * (1 + descriptors + reserved) * BLOCK +
    journalBlocks(blocks) * BLOCK +
    // lost+found, the root folder, the resize inode
    64 * 1024
  );
}

/** ext2fs_default_journal_size() in lib/ext2fs/mkjournal.c: up to so many blocks, a journal of … */
const JOURNAL_STEPS = [
  [2048, 0],
  [32768, 1024],
  [256 * 1024, 4096],
  [512 * 1024, 8192],
  [4096 * 1024, 16384],
  [8192 * 1024, 32768],
  [16384 * 1024, 65536],
  [32768 * 1024, 131072],
] as const;
const journalBlocks = (blocks: number): number =>
  JOURNAL_STEPS.find(([below]) => blocks < below)?.[1] ?? 262144;

/** sparse_super: descriptors are kept in groups 0, 1 and the powers of 3, 5 and 7. */
function backupGroups(groups: number): number {
  let count = Math.min(groups, 2);
  for (const base of [3, 5, 7]) for (let group = base; group < groups; group *= base) count++;
  return count;
}

export const EXT4_USE: SpaceUse = {
  title: 'an ext4',
  smallest: 8 * MIB,
  usable: (size) => size - metadata(size),
};

export const ext4: NodeKind<'ext4'> = {
  type: 'ext4',
  check(node, here, context) {
    checkLabel(node.label, 16, here, context);
    checkOptions(node.options, here, context);
  },
  needs: (node, _here, context) => autoSize(context.contentOf(mountsOf(node)), EXT4_USE),
  place(node, here, range, context) {
    checkCapacity(mountsOf(node), EXT4_USE, here, range, context);
    const origin = context.origin(here.path);
    return {
      type: 'ext4',
      ...origin,
      ...range,
      label: node.label,
      mount: node.mount,
      options: node.options ?? defaultMountOptions(node.mount ?? '', 'ext4'),
      uuid: node.uuid ?? context.identities.uuid(origin.path, 'uuid'),
      hashSeed: context.identities.uuid(origin.path, 'hash'),
    };
  },
};

const mountsOf = ({ mount }: { mount?: string | undefined }): string[] =>
  mount === undefined ? [] : [mount];
