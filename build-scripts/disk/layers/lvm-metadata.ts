import { crc32 } from 'node:zlib';
import type { LvmPlan } from '../disk-plan.ts';
import { lvmText, type LvmCreation } from './lvm-text.ts';

/*
 * What LVM2 writes at the start of a physical volume: `struct label_header` (lib/label/label.h),
 * `struct pv_header` and its extension, `struct mda_header` and `struct raw_locn`
 * (lib/format_text/layout.h). Little endian, offsets and sizes in bytes.
 */

const SECTOR = 512;
/** Where the label lies: the second of the four sectors that LVM looks at. */
const LABEL = 512;
/** Where the metadata area begins; its first 512 bytes are the header, then comes the text. */
const AREA = 4096;
const HEADER_SIZE = 512;
const FORMAT_MAGIC = ' LVM2 x[5A%r0N*>';
/** INITIAL_CRC of lib/misc/crc.h. */
const INITIAL_CRC = 0xf597a6cf;

/**
 * The bytes from the start of a physical volume to the end of the metadata text, to be written at
 * offset 0; the rest up to `plan.extentsOffset` is zeros.
 * @throws RangeError when the text does not fit in front of the first extent
 */
export function lvmMetadata(plan: LvmPlan, creation: LvmCreation): Uint8Array {
  // The NUL at the end is part of it.
  const text = Buffer.from(`${lvmText(plan, creation)}\0`);
  const areaSize = plan.extentsOffset - AREA;
  // The area is a ring: an update needs as much room again, beside what is still in use.
  if (HEADER_SIZE + 2 * text.length > areaSize) {
    throw new RangeError(`${text.length} bytes of LVM metadata do not fit into ${areaSize}`);
  }
  const bytes = Buffer.alloc(AREA + HEADER_SIZE + text.length);
  writeLabel(bytes.subarray(LABEL, LABEL + SECTOR), plan, areaSize);
  writeAreaHeader(bytes.subarray(AREA, AREA + HEADER_SIZE), areaSize, text);
  text.copy(bytes, AREA + HEADER_SIZE);
  return bytes;
}

function writeLabel(label: Buffer, plan: LvmPlan, areaSize: number): void {
  if (!/^\w{32}$/.test(plan.pvUuid)) throw new RangeError(`not an LVM id: ${plan.pvUuid}`);
  label.write('LABELONE', 0);
  u64(label, 8, LABEL / SECTOR);
  label.writeUInt32LE(32, 20); // where pv_header starts
  label.write('LVM2 001', 24);
  label.write(plan.pvUuid, 32);
  u64(label, 64, plan.size);
  // A list of data areas and one of metadata areas, each {offset, size} and ended by {0, 0}. Size 0:
  // up to the end of the device.
  u64(label, 72, plan.extentsOffset);
  u64(label, 104, AREA);
  u64(label, 112, areaSize);
  label.writeUInt32LE(2, 136); // version of the extension
  label.writeUInt32LE(1, 140); // PV_EXT_USED
  label.writeUInt32LE(lvmCrc(label.subarray(20)), 16);
}

function writeAreaHeader(header: Buffer, areaSize: number, text: Buffer): void {
  header.write(FORMAT_MAGIC, 4);
  header.writeUInt32LE(1, 20); // version
  u64(header, 24, AREA);
  u64(header, 32, areaSize);
  u64(header, 40, HEADER_SIZE); // raw_locn: offset in the area, size, checksum
  u64(header, 48, text.length);
  header.writeUInt32LE(lvmCrc(text), 56);
  header.writeUInt32LE(lvmCrc(header.subarray(4)), 0);
}

function u64(bytes: Buffer, at: number, value: number): void {
  bytes.writeBigUInt64LE(BigInt(value), at);
}

/** calc_crc of LVM's lib/misc/crc.c: the CRC-32 of zlib, with another start and no final inversion. */
export function lvmCrc(data: Uint8Array): number {
  return ~crc32(data, ~INITIAL_CRC >>> 0) >>> 0;
}
