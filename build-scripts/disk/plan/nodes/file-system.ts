import { MIB, alignUp, missingSize, roughSize } from '../sizes.ts';
import { partTitle, type Here, type PlanContext, type Range } from '../context.ts';

/** How a file system uses its space. */
export interface SpaceUse {
  /** For messages: `an ext4`. */
  readonly title: string;
  /** Bytes below which it can not be made. */
  readonly smallest: number;
  /** Bytes left for content in a file system of this size. Grows with the size. */
  usable(size: number): number;
  /** Content shrinks to this part at best; 1 without compression. */
  readonly compressesTo?: number | undefined;
}

/** +20 %, and at least 64 MiB: an image with `auto` sizes boots and can be updated once. */
const HEADROOM_PART = 0.2;
const HEADROOM_LEAST = 64 * MIB;

/**
 * The `auto` size of a file system: the smallest multiple of 1 MiB in which the content and its
 * headroom (a fifth of the content, at least 64 MiB) fit beside the metadata. Compression is not
 * counted on.
 */
export function autoSize(content: number, use: SpaceUse): number {
  const wanted = content + Math.max(content * HEADROOM_PART, HEADROOM_LEAST);
  let size = alignUp(Math.max(wanted, use.smallest), MIB);
  // Growing by what is missing converges: every file system can use most of what it is given.
  for (;;) {
    const missing = wanted - use.usable(size);
    if (missing <= 0) return size;
    size += alignUp(missing, MIB);
  }
}

/** Reports a file system that can not be made, or is too small for its content. */
export function checkCapacity(
  mounts: readonly string[],
  use: SpaceUse,
  here: Here,
  { size }: Range,
  context: PlanContext,
): void {
  const { part } = here;
  const at = [...part.path, 'size'];
  if (size < use.smallest) {
    context.mistake(
      at,
      `${partTitle(part)}: ${use.title} needs at least ${roughSize(use.smallest)}, here are ${roughSize(size)}`,
    );
    return;
  }
  const whole = context.contentOf(mounts);
  const content = whole * (use.compressesTo ?? 1);
  const usable = Math.max(0, use.usable(size));
  if (content <= usable) return;
  const squeezed = use.compressesTo === undefined ? '' : ' even when it compresses well';
  context.mistake(
    at,
    `${partTitle(part)}: ${mounts.join(' and ')} ${mounts.length === 1 ? 'holds' : 'hold'} ${roughSize(content)}${squeezed}, its ${part.kind} has room for ${roughSize(usable)}: ${missingSize(content - usable)} too small`,
    `with headroom it takes ${missingSize(autoSize(whole, use))}`,
  );
}

/** Reports characters that a label can not hold. The schema has checked the length in characters. */
export function checkLabel(
  label: string | undefined,
  longest: number,
  here: Here,
  context: PlanContext,
): void {
  if (label === undefined) return;
  const at = [...here.path, 'label'];
  const bytes = Buffer.byteLength(label);
  if (bytes > longest)
    context.mistake(
      at,
      `the label is ${bytes} bytes long, it can have ${longest}`,
      'letters like ä count as two or more',
    );
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(label))
    context.mistake(at, 'the label has control characters in it');
}

/** Reports mount options that would break the line in fstab. */
export function checkOptions(options: string | undefined, here: Here, context: PlanContext): void {
  if (options === undefined) return;
  const at = [...here.path, 'options'];
  if (!/^[^\s,#"\\]+(,[^\s,#\\]+)*$/.test(options))
    context.mistake(
      at,
      'mount options are words between commas, without spaces',
      'write it like noatime,nodev',
    );
}
