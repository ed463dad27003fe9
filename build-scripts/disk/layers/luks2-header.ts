import { createHash } from 'node:crypto';
import type { LuksPlan } from '../disk-plan.ts';
import { AF_STRIPES, DIGEST_SIZES } from './anti-forensic.ts';
import { derive, keyslotArea, type LuksSecrets, secretBytes } from './luks-secrets.ts';

/*
 * The LUKS2 header, as the LUKS2 On-Disk Format Specification 1.1.2 has it: two copies of a binary
 * header with JSON, then the keyslots. Big endian.
 */

/** Bytes of one copy: 4096 binary, the rest JSON. */
const HEADER_SIZE = 16_384;
const BINARY_SIZE = 4096;
const JSON_SIZE = HEADER_SIZE - BINARY_SIZE;
const KEYSLOTS_OFFSET = 2 * HEADER_SIZE;
const MAGIC = Buffer.from('LUKS\xba\xbe', 'latin1');
const MAGIC_SECOND = Buffer.from('SKUL\xba\xbe', 'latin1');
const CHECKSUM = 448;
/** The most that LUKS2 allows for all keyslots, bytes. */
const MAX_KEYSLOTS_SIZE = 128 * 1024 ** 2;
/** Bytes of the key that encrypts a keyslot; cryptsetup's default, whatever the volume key. */
const AREA_KEY_SIZE = 64;
/** PBKDF2 of the digest; cryptsetup's minimum, which it takes when costs are given. */
const DIGEST_ITERATIONS = 1000;

/**
 * A header with one keyslot in which nothing is random: the same plan, key and passphrase give the
 * same bytes. To be written at the start of the container.
 */
export async function luks2Header(plan: LuksPlan, secrets: LuksSecrets): Promise<Buffer> {
  const salts = {
    keyslot: secretBytes(plan, secrets, 'keyslot salt', 32),
    digest: secretBytes(plan, secrets, 'digest salt', 32),
  };
  const area = await keyslotArea(plan, secrets, { salt: salts.keyslot, keyLength: AREA_KEY_SIZE });
  const digest = await derive(
    secrets.volumeKey,
    salts.digest,
    DIGEST_ITERATIONS,
    DIGEST_SIZES[plan.hash] ?? 0,
    plan.hash,
  );
  const json = JSON.stringify(metadata(plan, salts, digest));
  const copies = [MAGIC, MAGIC_SECOND].map((magic, index) =>
    headerCopy(plan, magic, json, {
      offset: index * HEADER_SIZE,
      salt: secretBytes(plan, secrets, `header salt ${index}`, 64),
    }),
  );
  return Buffer.concat([...copies, area]);
}

function metadata(
  plan: LuksPlan,
  salts: { readonly keyslot: Buffer; readonly digest: Buffer },
  digest: Buffer,
): unknown {
  const { hash, cipher: encryption } = plan;
  const keySize = plan.keySize / 8;
  return {
    keyslots: {
      0: {
        type: 'luks2',
        key_size: keySize,
        af: { type: 'luks1', stripes: AF_STRIPES, hash },
        area: {
          type: 'raw',
          offset: String(KEYSLOTS_OFFSET),
          size: String(roundUp(keySize * AF_STRIPES, 4096)),
          encryption: 'aes-xts-plain64',
          key_size: AREA_KEY_SIZE,
        },
        kdf: {
          type: 'pbkdf2',
          hash,
          iterations: plan.pbkdf.iterations,
          salt: salts.keyslot.toString('base64'),
        },
      },
    },
    tokens: {},
    segments: {
      0: {
        type: 'crypt',
        offset: String(plan.payloadOffset),
        size: 'dynamic',
        iv_tweak: '0',
        encryption,
        sector_size: plan.sectorSize,
      },
    },
    digests: {
      0: {
        type: 'pbkdf2',
        keyslots: ['0'],
        segments: ['0'],
        hash,
        iterations: DIGEST_ITERATIONS,
        salt: salts.digest.toString('base64'),
        digest: digest.toString('base64'),
      },
    },
    config: {
      json_size: String(JSON_SIZE),
      keyslots_size: String(Math.min(plan.payloadOffset - KEYSLOTS_OFFSET, MAX_KEYSLOTS_SIZE)),
    },
  };
}

/** `struct luks2_hdr_disk` and the JSON. */
function headerCopy(
  plan: LuksPlan,
  magic: Buffer,
  json: string,
  { offset, salt }: { readonly offset: number; readonly salt: Buffer },
): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  magic.copy(header, 0);
  header.writeUInt16BE(2, 6); // version
  header.writeBigUInt64BE(BigInt(HEADER_SIZE), 8);
  header.writeBigUInt64BE(1n, 16); // seqid: how often it was changed
  header.write('sha256', 72); // algorithm of the checksum
  salt.copy(header, 104);
  header.write(plan.uuid, 168);
  header.writeBigUInt64BE(BigInt(offset), 256);
  header.write(json, BINARY_SIZE);
  createHash('sha256').update(header).digest().copy(header, CHECKSUM);
  return header;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
