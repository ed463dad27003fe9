import type { Raid1Plan } from '../disk-plan.ts';

/*
 * The superblock of Linux software RAID, metadata version 1.x: `struct mdp_superblock_1` in the
 * kernel's include/uapi/linux/raid/md_p.h. Little endian; sizes and offsets in 512-byte sectors.
 */

/** Bytes that are written: the 256 of the structure, the roles, and zeros up to a block. */
export const MD_SUPERBLOCK_SIZE = 4096;

const SECTOR = 512;
const MD_SB_MAGIC = 0xa92b4efc;
/** Offset of dev_roles, and so the size of the fixed part, bytes. */
const ROLES = 0x100;
/** Members the superblock has room for; what mdadm chooses. */
const MAX_DEV = 128;
/** The role of a device that is not there: MD_DISK_ROLE_SPARE. */
const ROLE_SPARE = 0xffff;
/** No resync is needed: MaxSector. */
const CLEAN = 0xffff_ffff_ffff_ffffn;
const NAME_BYTES = 32;

/**
 * The superblock of the one member that is present, to be written at `plan.superblockOffset`.
 * @param ctime creation time, seconds since 1970
 * @throws RangeError when the name does not fit or a size is not whole sectors
 */
export function mdSuperblock(plan: Raid1Plan, ctime: number): Uint8Array {
  const bytes = Buffer.alloc(MD_SUPERBLOCK_SIZE);
  const u32 = (at: number, value: number) => bytes.writeUInt32LE(value, at);
  const u64 = (at: number, value: number | bigint) => bytes.writeBigUInt64LE(BigInt(value), at);

  u32(0x00, MD_SB_MAGIC);
  u32(0x04, 1); // major_version
  uuidBytes(plan.arrayUuid).copy(bytes, 0x10);
  nameBytes(plan.name).copy(bytes, 0x20);
  u64(0x40, ctime); // the low 40 bits are seconds
  u32(0x48, 1); // level
  u64(0x50, sectors(plan.dataSize)); // size: what every member gives to the array
  u32(0x5c, plan.devices); // raid_disks
  u64(0x80, sectors(plan.dataOffset));
  u64(0x88, sectors(plan.dataSize));
  u64(0x90, sectors(plan.superblockOffset)); // super_offset
  u32(0xa0, 0); // dev_number
  uuidBytes(plan.deviceUuid).copy(bytes, 0xa8);
  u64(0xc0, ctime); // utime
  u64(0xc8, 1); // events
  u64(0xd0, CLEAN); // resync_offset
  u32(0xdc, MAX_DEV);
  for (let index = 1; index < MAX_DEV; index += 1) {
    bytes.writeUInt16LE(ROLE_SPARE, ROLES + 2 * index);
  }
  u32(0xd8, checksum(bytes.subarray(0, ROLES + 2 * MAX_DEV)));
  return bytes;
}

/** calc_sb_1_csum of the kernel's drivers/md/md.c; the checksum's own field is still zero. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 4) sum += bytes.readUInt32LE(at);
  return ((sum % 2 ** 32) + Math.floor(sum / 2 ** 32)) % 2 ** 32;
}

/** Homehost "any": the array gets its name, whatever the machine is called (mdadm.conf(5)). */
function nameBytes(name: string): Buffer {
  const bytes = Buffer.from(`any:${name}`);
  if (bytes.length <= NAME_BYTES) return bytes;
  throw new RangeError(`the array name "${name}" is longer than 28 bytes`);
}

function uuidBytes(text: string): Buffer {
  const digits = text.replaceAll(/[-:]/g, '');
  if (!/^[0-9a-f]{32}$/i.test(digits)) throw new RangeError(`not a UUID: ${text}`);
  return Buffer.from(digits, 'hex');
}

function sectors(bytes: number): number {
  if (bytes % SECTOR !== 0) throw new RangeError(`${bytes} bytes are not whole sectors`);
  return bytes / SECTOR;
}
