import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { AesXts } from '../../../build-scripts/disk/space/aes-xts.ts';
import { decryptXts } from './decrypt.ts';

describe.each([
  ['AES-128', 32],
  ['AES-256', 64],
])('%s in XTS mode', (_, keyLength) => {
  describe.each([512, 4096] as const)('with sectors of %d bytes', (sectorSize) => {
    test.each([
      ['at the start', 0],
      ['in the middle', 7 * 4096],
      ['behind sector 2^32', 2 ** 41 + 3 * 4096],
      ['at the highest offset', 2 ** 53 - 2 ** 21],
    ])('is what OpenSSL decrypts: %s', (_place, offset) => {
      const key = randomBytes(keyLength);
      const plain = randomBytes(25 * 4096);
      const encrypted = Buffer.alloc(plain.length);
      new AesXts(key, sectorSize).encrypt(plain, offset, encrypted);
      expect(decryptXts(key, sectorSize, encrypted, offset).equals(plain)).toBe(true);
    });
  });
});

test('takes data that does not start at a whole word', () => {
  const key = randomBytes(64);
  const whole = new Uint8Array(randomBytes(4096 + 3)).subarray(3);
  const encrypted = Buffer.alloc(4096);
  new AesXts(key, 4096).encrypt(whole, 0, encrypted);
  expect(decryptXts(key, 4096, encrypted).equals(Buffer.from(whole))).toBe(true);
});

test('gives what IEEE 1619-2007 has as vector 4', () => {
  const key = Buffer.from(
    '2718281828459045235360287471352631415926535897932384626433832795',
    'hex',
  );
  const plain = Uint8Array.from({ length: 512 }, (_, index) => index);
  const encrypted = Buffer.alloc(512);
  new AesXts(key, 512).encrypt(plain, 0, encrypted);
  expect(encrypted.subarray(0, 16).toString('hex')).toBe('27a7479befa1d476489f308cd4cfa6e2');
});

test('does not need the key any more once it is made', () => {
  const key = randomBytes(64);
  const cipher = new AesXts(key, 512);
  const kept = Buffer.from(key);
  key.fill(0);
  const encrypted = Buffer.alloc(512);
  cipher.encrypt(Buffer.alloc(512, 1), 512, encrypted);
  const iv = Buffer.alloc(16);
  iv[0] = 1;
  const expected = createCipheriv('aes-256-xts', kept, iv).update(Buffer.alloc(512, 1));
  expect(encrypted).toEqual(expected);
});

test.each([
  [100, 0],
  [512, 100],
])('refuses what is no whole sector: %d bytes at %d', (length, offset) => {
  const cipher = new AesXts(randomBytes(64), 512);
  const data = Buffer.alloc(length);
  expect(() => {
    cipher.encrypt(data, offset, data);
  }).toThrow(`${length} bytes at ${offset} are not whole sectors`);
});

test('refuses a key of the wrong size', () => {
  expect(() => new AesXts(randomBytes(48), 512)).toThrow('not a key for AES-XTS');
});
