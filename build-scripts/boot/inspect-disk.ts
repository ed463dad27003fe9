import type { Firmware } from './firmware.ts';

const SECTOR = 512;
/** GPT partition types: UEFI specification 2.10, table 5.7; GRUB's manual, "BIOS installation". */
const ESP = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';
const BIOS_BOOT = '21686148-6449-6E6F-744E-656564454649';
/** MBR partition type of an ESP. */
const MBR_ESP = 0xef;

/** How much of a disk {@link firmwareOfDisk} looks at: the table and its 128 entries. */
export const TABLE_BYTES = 34 * SECTOR;

/** What the partition table of a disk says it can be started with; empty when it says nothing. */
export function firmwareOfDisk(start: Buffer): Firmware[] {
  if (start.length < 2 * SECTOR || start.readUInt16LE(510) !== 0xaa55) return [];
  const hasBootCode = start.subarray(0, 440).some((byte) => byte !== 0);
  if (start.toString('latin1', SECTOR, SECTOR + 8) !== 'EFI PART') {
    const types = [0, 1, 2, 3].map((index) => start[446 + index * 16 + 4]);
    return [
      ...(types.includes(MBR_ESP) ? (['uefi'] as const) : []),
      ...(hasBootCode ? (['bios'] as const) : []),
    ];
  }
  const size = start.readUInt32LE(SECTOR + 84);
  const types: string[] = [];
  for (let at = 2 * SECTOR; at + size <= start.length && size >= 128; at += size) {
    types.push(guid(start, at));
  }
  return [
    ...(types.includes(ESP) ? (['uefi'] as const) : []),
    ...(types.includes(BIOS_BOOT) && hasBootCode ? (['bios'] as const) : []),
  ];
}

/** The first three fields are little-endian: UEFI specification 2.10, appendix A. */
function guid(buffer: Buffer, at: number): string {
  const hex = (from: number, to: number): string => buffer.toString('hex', at + from, at + to);
  const swapped = (from: number, to: number): string =>
    Buffer.from(buffer.subarray(at + from, at + to))
      .reverse()
      .toString('hex');
  return [swapped(0, 4), swapped(4, 6), swapped(6, 8), hex(8, 10), hex(10, 16)]
    .join('-')
    .toUpperCase();
}
