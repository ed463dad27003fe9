import { inside, partTitle } from '../context.ts';
import { KIB, MIB, alignDown, alignUp, roughSize } from '../sizes.ts';
import type { NodeKind, NodeOf } from './node-kind.ts';

/**
 * md 1.x places in sectors of 512 bytes (super1.c of mdadm). 1.2: superblock 4 KiB from the start,
 * data from 1 MiB on. 1.0: superblock in the last 8 to 12 KiB at a multiple of 4 KiB, 128 KiB
 * before it stay free for a bitmap.
 */
const SUPERBLOCK_1_2 = 4 * KIB;
const DATA_OFFSET_1_2 = MIB;
const BITMAP_ROOM_1_0 = 128 * KIB;
/** What lies in an array may want whole 4 KiB sectors. */
const DATA_UNIT = 4 * KIB;

/** `any:NAME` has 32 bytes in the superblock. */
const LONGEST_NAME = 32 - 'any:'.length;

/**
 * 1.0 leaves the content at the start of the member, where firmware and boot loaders that know no
 * RAID find it: for the ESP and /boot. 1.2 for everything else, as mdadm does.
 */
export function metadataOf(node: NodeOf<'raid1'>): '1.0' | '1.2' {
  if (node.metadata !== undefined) return node.metadata;
  const { content } = node;
  return content.type === 'vfat' || ('mount' in content && content.mount === '/boot')
    ? '1.0'
    : '1.2';
}

function layoutOf(
  metadata: '1.0' | '1.2',
  size: number,
): { superblockOffset: number; dataOffset: number; dataSize: number } {
  if (metadata === '1.2')
    return {
      superblockOffset: SUPERBLOCK_1_2,
      dataOffset: DATA_OFFSET_1_2,
      dataSize: alignDown(size - DATA_OFFSET_1_2, DATA_UNIT),
    };
  const superblockOffset = alignDown(size - 8 * KIB, 4 * KIB);
  return {
    superblockOffset,
    dataOffset: 0,
    dataSize: alignDown(superblockOffset - BITMAP_ROOM_1_0, DATA_UNIT),
  };
}

export const raid1: NodeKind<'raid1'> = {
  type: 'raid1',
  refuses: (content) =>
    content.type === 'raid1' ? 'a RAID1 of a RAID1 keeps no more copies than one' : undefined,
  check(node, here, context) {
    if (node.name.length > LONGEST_NAME)
      context.mistake(
        [...here.path, 'name'],
        `the name of an array has at most ${LONGEST_NAME} characters, this has ${node.name.length}`,
      );
  },
  needs(node, here, context) {
    const content = alignUp(context.needs(node.content, inside(node, here)), DATA_UNIT);
    return metadataOf(node) === '1.2'
      ? content + DATA_OFFSET_1_2
      : content + BITMAP_ROOM_1_0 + 8 * KIB;
  },
  place(node, here, range, context) {
    const origin = context.origin(here.path);
    const metadata = metadataOf(node);
    const layout = layoutOf(metadata, range.size);
    const arrayUuid = (node.uuid ?? context.identities.uuid(origin.path, 'array')).replaceAll(
      '-',
      '',
    );
    const deviceUuid = context.identities.uuid(origin.path, 'member').replaceAll('-', '');
    const within = inside(node, here);
    let { dataSize } = layout;
    if (dataSize <= 0) {
      context.mistake(
        [...here.part.path, 'size'],
        `${partTitle(here.part)}: nothing is left of ${roughSize(range.size)} beside the superblock of the array`,
      );
      dataSize = context.needs(node.content, within);
    }
    return {
      type: 'raid1',
      ...origin,
      ...range,
      name: node.name,
      metadata,
      devices: node.devices ?? 1,
      arrayUuid,
      deviceUuid,
      ...layout,
      dataSize,
      content: context.place(node.content, within, { offset: 0, size: dataSize }),
    };
  },
};
