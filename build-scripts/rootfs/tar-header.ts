/** Where a ustar header has the size of its entry: pax(1); GNU tar writes large ones in base 256. */
const SIZE_AT = 124;
const SIZE_LENGTH = 12;

/** Bytes of the entry's data. @param header 512 bytes */
export function parseSize(header: Buffer): number {
  const field = header.subarray(SIZE_AT, SIZE_AT + SIZE_LENGTH);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    let size = (field[0] ?? 0) & 0x7f;
    for (const byte of field.subarray(1)) size = size * 256 + byte;
    return size;
  }
  const text = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trim();
  return text === '' ? 0 : Number.parseInt(text, 8);
}
