import type { YamlPath } from '../../config/yaml-source.ts';
import { partTitle, type Part, type PlanContext } from './context.ts';
import { missingSize, roughSize, type SizeSpec } from './sizes.ts';

/** A partition of a disk or a volume of a VG, before its size is known. */
export interface Share {
  readonly spec: SizeSpec;
  readonly part: Part;
  /** Bytes for its content and headroom. */
  readonly needs: () => number;
}

/** What is divided, for messages. */
export interface Whole {
  readonly at: YamlPath;
  /** `the partitions` */
  readonly parts: string;
  /** `the disk` */
  readonly whole: string;
}

/** Sizes are rounded up, a share is at least one unit. */
const units = (bytes: number, unit: number): number => Math.max(1, Math.ceil(bytes / unit));

const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);

/**
 * How many units a whole with the size `auto` has. `rest` is `auto` there; a percentage has nothing to
 * be a part of, checkSizes() refuses it.
 *
 * @param unit bytes
 */
export const wantedUnits = (shares: readonly Share[], unit: number): number =>
  sum(shares.map(({ spec, needs }) => units(spec.kind === 'bytes' ? spec.bytes : needs(), unit)));

/**
 * Divides a whole of known size.
 *
 * @param total units
 * @param unit bytes
 * @returns units of each share; when they do not fit, which is reported, what they would need
 */
export function divide(
  shares: readonly Share[],
  total: number,
  unit: number,
  context: PlanContext,
  { at, parts, whole }: Whole,
): number[] {
  const sizes = shares.map(({ spec, needs }) => {
    switch (spec.kind) {
      case 'bytes':
        return units(spec.bytes, unit);
      case 'percent':
        return Math.max(1, Math.floor((total * spec.percent) / 100));
      case 'auto':
        return units(needs(), unit);
      case 'rest':
        return 0;
    }
  });
  const [rest, ...more] = [...shares.entries()].filter(([, { spec }]) => spec.kind === 'rest');
  for (const [index, { part }] of more) {
    const owner = rest === undefined ? '' : partTitle(rest[1].part);
    context.mistake(
      [...part.path, 'size'],
      'only one can have the rest',
      `${owner} has it already`,
    );
    sizes[index] = 1;
  }
  if (rest !== undefined) {
    const [index, { needs }] = rest;
    const left = total - sum(sizes);
    // What is too small for its content, the content says.
    sizes[index] = left >= 1 ? left : units(needs(), unit);
  }
  const wanted = sum(sizes);
  if (wanted > total)
    context.mistake(
      at,
      `${parts} need ${roughSize(wanted * unit)}, ${whole} has ${roughSize(total * unit)}: ${missingSize((wanted - total) * unit)} too small`,
      shares
        .map(({ part }, index) => `${part.name} ${roughSize((sizes[index] ?? 0) * unit)}`)
        .join(', '),
    );
  return sizes;
}
