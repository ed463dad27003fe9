import type { DiskFile, DiskNode } from '../../../config/disk-schema.ts';
import type { YamlPath } from '../../../config/yaml-source.ts';
import {
  inside,
  insidePartition,
  insideVolume,
  partTitle,
  type Here,
  type PlanContext,
} from '../context.ts';
import { TIB, exactSize, parseSize } from '../sizes.ts';

/** Bytes stay exact numbers below 2^53. */
const LARGEST = 4096 * TIB;
const MOST_MBR_PARTITIONS = 4;

/** Reports sizes that mean nothing and can not be calculated with; returns whether all are right. */
export function checkSizes(disk: DiskFile, context: PlanContext): boolean {
  let allRight = true;
  const mistake = (at: YamlPath, message: string, hint?: string): void => {
    allRight = false;
    context.mistake(at, message, hint);
  };
  const check = (text: string, at: YamlPath): void => {
    const spec = parseSize(text);
    if (spec.kind === 'bytes' && spec.bytes === 0) mistake(at, 'a size can not be zero');
    if (spec.kind === 'bytes' && spec.bytes > LARGEST)
      mistake(at, `${text} is too large`, 'at most 4096T');
    if (spec.kind === 'percent' && (spec.percent < 1 || spec.percent > 100))
      mistake(at, 'a percentage is between 1% and 100%');
  };
  const { kind } = parseSize(disk.size);
  if (kind === 'percent' || kind === 'rest')
    mistake(
      ['size'],
      `a disk can not have the size "${disk.size}": it has no parent`,
      'write it like 10G, or auto',
    );
  else check(disk.size, ['size']);

  /** @param isAuto whether the size of the whole follows from this part and its siblings */
  const checkPart = (part: Sized, here: Here, isAuto: boolean): void => {
    const at = [...here.part.path, 'size'];
    check(part.size, at);
    const { kind } = parseSize(part.size);
    if (kind === 'percent' && isAuto)
      mistake(
        at,
        `${partTitle(here.part)} is a percentage of something that follows from its parts`,
        'give it a size or auto, or the whole a size',
      );
    checkContent(part.content, here, kind === 'auto' || (kind === 'rest' && isAuto));
  };
  const checkContent = (node: DiskNode, here: Here, isAuto: boolean): void => {
    if (node.type === 'raid1' || node.type === 'luks')
      checkContent(node.content, inside(node, here), isAuto);
    if (node.type === 'lvm')
      node.volumes.forEach((volume, index) => {
        checkPart(volume, insideVolume(node, here, index), isAuto);
      });
    if (node.type === 'swap' && isAuto)
      mistake(
        [...here.part.path, 'size'],
        `${partTitle(here.part)}: a swap has no content that its size could follow from`,
        'give it a size like 1G',
      );
  };
  disk.partitions.forEach((partition, index) => {
    checkPart(partition, insidePartition(partition.name, index), kind === 'auto');
  });
  return allRight;
}

interface Sized {
  readonly size: string;
  readonly content: DiskNode;
}

/** Reports more partitions than the table can hold. */
export function checkCount(disk: DiskFile, context: PlanContext): void {
  if (disk.table === 'mbr' && disk.partitions.length > MOST_MBR_PARTITIONS)
    context.mistake(
      ['partitions', MOST_MBR_PARTITIONS],
      `an MBR has ${MOST_MBR_PARTITIONS} partitions, these are ${disk.partitions.length}`,
      'take "table: gpt", or put file systems into LVM volumes',
    );
}

/** A start and a size have 32 bits, for sectors of 512 bytes. */
const MBR_REACH = 2 * TIB;

/** Reports a disk beyond what its table can address. */
export function checkReach(disk: DiskFile, size: number, context: PlanContext): void {
  if (disk.table === 'mbr' && size > MBR_REACH)
    context.mistake(
      ['size'],
      `an MBR reaches 2 TiB far, the disk has ${exactSize(size)}`,
      'take "table: gpt"',
    );
}
