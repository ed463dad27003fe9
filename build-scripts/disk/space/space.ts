/**
 * A contiguous range of bytes to write to; holes stay holes unless a layer has to fill them.
 *
 * Every byte starts as a hole and is written at most once, in any order; writes to different ranges
 * may be under way at the same time. A write outside is a bug and throws a RangeError.
 */
export interface Space {
  /** Bytes. */
  readonly size: number;
  /** The data may be used again once the promise has settled. Offset in bytes. */
  write(offset: number, data: Uint8Array): Promise<void>;
  /** Set when the space is a plain range of the image file: tools may then write there directly. */
  readonly inFile?: { readonly path: string; readonly offset: number } | undefined;
  /**
   * Called once by whoever made this space, when everything was written to it: inner spaces first,
   * because a layer may still write to the space below it (LUKS with fill encrypts what nobody
   * wrote). It does not finish the space below.
   */
  finish?(): Promise<void>;
}

/** @throws RangeError when the range does not lie within 0…size */
export function checkRange(size: number, offset: number, length: number): void {
  const isValid = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (isValid && offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new RangeError(`${length} bytes at ${offset} do not lie in a space of ${size} bytes`);
}
