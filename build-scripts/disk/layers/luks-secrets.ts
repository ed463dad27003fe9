import { createCipheriv, hkdfSync, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { AesXts } from '../space/aes-xts.ts';
import type { LuksPlan } from '../disk-plan.ts';
import { AF_STRIPES, splitKey } from './anti-forensic.ts';

/** The secrets of a LUKS container. Whoever made them overwrites them. */
export interface LuksSecrets {
  readonly volumeKey: Uint8Array;
  /** Exactly the bytes that are typed later: no newline at the end. */
  readonly passphrase: Uint8Array;
}

export const derive = promisify(pbkdf2);

/**
 * Bytes that look random but are the same on every build: from the secret volume key alone, by
 * HKDF (RFC 5869), one stream for each purpose and container. Nobody without the key can compute
 * them, and they tell nothing about it.
 */
export function secretBytes(
  plan: LuksPlan,
  { volumeKey }: LuksSecrets,
  purpose: string,
  length: number,
): Buffer {
  const info = `mkimage LUKS${plan.version} header ${plan.uuid} ${purpose}`;
  const seed = Buffer.from(hkdfSync('sha256', volumeKey, '', info, 32));
  // HKDF itself ends after 8160 bytes; AES in counter mode goes on.
  const stream = createCipheriv('aes-256-ctr', seed, Buffer.alloc(16)).update(Buffer.alloc(length));
  seed.fill(0);
  return stream;
}

export interface KeyslotOptions {
  readonly salt: Uint8Array;
  /** Bytes of the key that encrypts the keyslot. */
  readonly keyLength: 32 | 64;
}

/**
 * The contents of a keyslot: the volume key, split, encrypted by aes-xts-plain64 in sectors of 512
 * bytes with what PBKDF2 makes of the passphrase.
 */
export async function keyslotArea(
  plan: LuksPlan,
  secrets: LuksSecrets,
  { salt, keyLength }: KeyslotOptions,
): Promise<Buffer> {
  const { passphrase, volumeKey } = secrets;
  const { iterations } = plan.pbkdf;
  const key = await derive(passphrase, salt, iterations, keyLength, plan.hash);
  const noise = secretBytes(plan, secrets, 'stripes', (AF_STRIPES - 1) * volumeKey.length);
  const split = splitKey(volumeKey, noise, plan.hash);
  const area = Buffer.allocUnsafeSlow(split.length);
  new AesXts(key, 512).encrypt(split, 0, area);
  for (const secret of [key, noise, split]) secret.fill(0);
  return area;
}
