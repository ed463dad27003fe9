import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { AF_STRIPES, splitKey } from '../../../build-scripts/disk/layers/anti-forensic.ts';

/** The other direction, AFmerge, from the specification: for parts no longer than a digest. */
function merge(split: Buffer, length: number, hash: string): Buffer {
  let state = Buffer.alloc(length);
  for (let stripe = 0; stripe < AF_STRIPES; stripe += 1) {
    const part = split.subarray(stripe * length, (stripe + 1) * length);
    const mixed = Buffer.from(state.map((byte, index) => byte ^ (part[index] ?? 0)));
    if (stripe === AF_STRIPES - 1) return mixed;
    const size = hash === 'sha256' ? 32 : 64;
    const digests: Buffer[] = [];
    for (let at = 0; at < length; at += size) {
      const number = Uint8Array.of(0, 0, 0, at / size);
      const input = Buffer.concat([number, mixed.subarray(at, at + size)]);
      digests.push(createHash(hash).update(input).digest());
    }
    state = Buffer.concat(digests).subarray(0, length);
  }
  return state;
}

test.each([
  [32, 'sha256'],
  [64, 'sha256'],
  [32, 'sha512'],
  [64, 'sha512'],
])('a key of %d bytes comes back from its stripes: %s', (length, hash) => {
  const key = randomBytes(length);
  const split = splitKey(key, randomBytes((AF_STRIPES - 1) * length), hash);
  expect(split).toHaveLength(AF_STRIPES * length);
  expect(merge(split, length, hash).equals(key)).toBe(true);
  split[0] = (split[0] ?? 0) ^ 1;
  expect(merge(split, length, hash).equals(key)).toBe(false);
});

test.each([
  ['too little noise', 100, 'sha256', 'wrong amount of noise'],
  ['an unknown hash', (AF_STRIPES - 1) * 32, 'md5', 'unknown hash md5'],
])('refuses %s', (_, noise, hash, message) => {
  expect(() => splitKey(randomBytes(32), randomBytes(noise), hash)).toThrow(message);
});
