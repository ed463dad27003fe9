import { createHash } from 'node:crypto';

/** How many times as large as the key its split form is. */
export const AF_STRIPES = 4000;

/**
 * LUKS's anti-forensic splitter ("AFsplit", section 2.4 of the LUKS On-Disk Format Specification
 * 1.2.3): spreads a key over 4000 stripes, all of which are needed to get it back.
 * @param noise AF_STRIPES - 1 stripes as long as the key, which have to be secret or random
 * @returns AF_STRIPES times the length of the key; to be overwritten after use
 */
export function splitKey(key: Uint8Array, noise: Uint8Array, hash: string): Buffer {
  const { length } = key;
  if (noise.length !== (AF_STRIPES - 1) * length) throw new RangeError('wrong amount of noise');
  const split = Buffer.alloc(AF_STRIPES * length);
  split.set(noise);
  let state: Buffer = Buffer.alloc(length);
  for (let at = 0; at < noise.length; at += length) {
    state = diffuse(xor(state, noise.subarray(at, at + length)), hash);
  }
  split.set(xor(state, key), noise.length);
  state.fill(0);
  return split;
}

/** Each part as long as a digest becomes the hash of its number (big endian) and itself. */
function diffuse(data: Buffer, hash: string): Buffer {
  const result = Buffer.alloc(data.length);
  const number = Buffer.alloc(4);
  for (let at = 0, index = 0; at < data.length; index += 1) {
    number.writeUInt32BE(index);
    const digestSize = DIGEST_SIZES[hash] ?? 0;
    if (digestSize === 0) throw new RangeError(`unknown hash ${hash}`);
    const part = data.subarray(at, at + digestSize);
    createHash(hash).update(number).update(part).digest().copy(result, at, 0, part.length);
    at += digestSize;
  }
  return result;
}

/** Bytes. */
export const DIGEST_SIZES: Readonly<Record<string, number>> = { sha256: 32, sha512: 64 };

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)));
}
