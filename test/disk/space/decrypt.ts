import { createDecipheriv } from 'node:crypto';

/** Decrypts aes-xts-plain64 with OpenSSL's own XTS, a sector at a time. */
export function decryptXts(
  key: Uint8Array,
  sectorSize: number,
  encrypted: Uint8Array,
  offset = 0,
): Buffer {
  const name = key.length === 64 ? 'aes-256-xts' : 'aes-128-xts';
  const sectors: Buffer[] = [];
  for (let at = 0; at < encrypted.length; at += sectorSize) {
    const iv = Buffer.alloc(16);
    iv.writeBigUInt64LE(BigInt((offset + at) / 512));
    const cipher = createDecipheriv(name, key, iv);
    sectors.push(cipher.update(encrypted.subarray(at, at + sectorSize)));
  }
  return Buffer.concat(sectors);
}
