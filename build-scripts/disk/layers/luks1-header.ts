import type { LuksPlan } from '../disk-plan.ts';
import { AF_STRIPES } from './anti-forensic.ts';
import { derive, keyslotArea, type LuksSecrets, secretBytes } from './luks-secrets.ts';

/*
 * The LUKS1 header ("phdr"), as the LUKS On-Disk Format Specification 1.2.3 has it. Big endian,
 * offsets in 512-byte sectors.
 */

const SECTOR = 512;
const HEADER_SIZE = 592;
const MAGIC = Buffer.from('LUKS\xba\xbe', 'latin1');
const SALT_SIZE = 32;
const DIGEST_SIZE = 20;
/** PBKDF2 of the digest; cryptsetup's minimum, which it takes when costs are given. */
const DIGEST_ITERATIONS = 1000;
const SLOTS = 8;
const SLOT_SIZE = 48;
const FIRST_SLOT = 208;
const SLOT_ENABLED = 0x00ac71f3;
const SLOT_DISABLED = 0x0000dead;
/** Keyslots lie at multiples of 4096 bytes (LUKS_ALIGN_KEYSLOTS), the first behind the header. */
const SLOT_ALIGNMENT = 4096 / SECTOR;

/**
 * A header with one keyslot in which nothing is random, like `luks2Header`.
 * @throws RangeError when the payload starts before the end of the keyslots
 */
export async function luks1Header(plan: LuksPlan, secrets: LuksSecrets): Promise<Buffer> {
  const keyLength = plan.keySize === 512 ? 64 : 32;
  const slotSectors = align((keyLength * AF_STRIPES) / SECTOR);
  const slotOffset = (slot: number): number => SLOT_ALIGNMENT + slot * slotSectors;
  if (plan.payloadOffset < slotOffset(SLOTS) * SECTOR) {
    throw new RangeError(`${plan.path}: LUKS1 needs ${slotOffset(SLOTS) * SECTOR} bytes in front`);
  }
  const [name = '', ...mode] = plan.cipher.split('-');
  const digestSalt = secretBytes(plan, secrets, 'digest salt', SALT_SIZE);
  const salt = secretBytes(plan, secrets, 'keyslot salt', SALT_SIZE);
  const area = await keyslotArea(plan, secrets, { salt, keyLength });

  const bytes = Buffer.alloc(slotOffset(0) * SECTOR + area.length);
  const header = bytes.subarray(0, HEADER_SIZE);
  MAGIC.copy(header, 0);
  header.writeUInt16BE(1, 6); // version
  header.write(name, 8);
  header.write(mode.join('-'), 40);
  header.write(plan.hash, 72);
  header.writeUInt32BE(plan.payloadOffset / SECTOR, 104);
  header.writeUInt32BE(keyLength, 108);
  (await derive(secrets.volumeKey, digestSalt, DIGEST_ITERATIONS, DIGEST_SIZE, plan.hash)).copy(
    header,
    112,
  );
  digestSalt.copy(header, 132);
  header.writeUInt32BE(DIGEST_ITERATIONS, 164);
  header.write(plan.uuid, 168);
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const at = FIRST_SLOT + slot * SLOT_SIZE;
    header.writeUInt32BE(slot === 0 ? SLOT_ENABLED : SLOT_DISABLED, at);
    header.writeUInt32BE(slot === 0 ? plan.pbkdf.iterations : 0, at + 4);
    if (slot === 0) salt.copy(header, at + 8);
    header.writeUInt32BE(slotOffset(slot), at + 40);
    header.writeUInt32BE(AF_STRIPES, at + 44);
  }
  area.copy(bytes, slotOffset(0) * SECTOR);
  return bytes;
}

function align(sectors: number): number {
  return Math.ceil(sectors / SLOT_ALIGNMENT) * SLOT_ALIGNMENT;
}
