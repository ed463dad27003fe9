import type { DiskFile } from '../../../config/disk-schema.ts';
import type { YamlPath } from '../../../config/yaml-source.ts';
import type { PlanContext } from '../context.ts';
import { MIB, TIB, parseSize } from '../sizes.ts';
import { walk } from '../walk.ts';

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
  disk.partitions.forEach(({ size }, index) => {
    check(size, ['partitions', index, 'size']);
  });
  for (const { node, here } of walk(disk))
    if (node.type === 'lvm')
      node.volumes.forEach(({ size }, index) => {
        check(size, [...here.path, 'volumes', index, 'size']);
      });
  return allRight;
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
      `an MBR reaches 2 TiB far, the disk has ${Math.ceil(size / MIB)} MiB`,
      'take "table: gpt"',
    );
}
