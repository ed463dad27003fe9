import { createCipheriv, type Cipher } from 'node:crypto';

/** Bytes that are encrypted at once: what goes back and forth stays in the processor's cache. */
const PIECE = 32_768;
/** Words of 32 bits in a block of AES. */
const BLOCK_WORDS = 4;
/** x^128 = x^7 + x^2 + x + 1 in GF(2^128), the polynomial of IEEE 1619. */
const FEEDBACK = 0x87;
/** dm-crypt counts sectors of 512 bytes in "plain64", whatever the size of those it encrypts. */
const IV_UNIT = 512;

/**
 * dm-crypt's aes-xts-plain64 (IEEE 1619): each sector on its own, its tweak the number of 512-byte
 * sectors from the start of the payload to it, as a little-endian number.
 *
 * XTS is made here from ECB. OpenSSL has XTS too, but takes one sector per cipher object, and
 * making that object takes longer than encrypting 512 bytes: this way is 3 to 4 times as fast with
 * sectors of 512 bytes, and not much slower with 4096. On little-endian machines only.
 */
export class AesXts {
  private readonly data: Cipher;
  private readonly tweak: Cipher;
  private readonly sectorSize: number;
  /** Of one piece: the tweaks of all blocks, and the data with them added. */
  private readonly tweaks = new Uint32Array(PIECE / 4);
  private readonly mixed = new Uint32Array(PIECE / 4);

  /** @param key 32 bytes (AES-128) or 64 (AES-256); may be overwritten afterwards */
  constructor(key: Uint8Array, sectorSize: 512 | 4096) {
    if (key.length !== 32 && key.length !== 64) throw new RangeError('not a key for AES-XTS');
    const half = key.length / 2;
    this.data = ecb(key.subarray(0, half));
    this.tweak = ecb(key.subarray(half));
    this.sectorSize = sectorSize;
  }

  /**
   * @param plain whole sectors
   * @param offset of its first sector from the start of the payload, bytes
   * @param encrypted as long as `plain`, starts at a multiple of 4 in its ArrayBuffer
   */
  encrypt(plain: Uint8Array, offset: number, encrypted: Uint8Array): void {
    if (plain.length % this.sectorSize !== 0 || offset % this.sectorSize !== 0) {
      throw new RangeError(`${plain.length} bytes at ${offset} are not whole sectors`);
    }
    // A view of words has to start at a multiple of 4.
    const source = plain.byteOffset % 4 === 0 ? plain : Uint8Array.from(plain);
    for (let start = 0; start < plain.length; start += PIECE) {
      const end = Math.min(start + PIECE, plain.length);
      this.encryptPiece(words(source, start, end), offset + start, words(encrypted, start, end));
    }
  }

  private encryptPiece(plain: Uint32Array, offset: number, encrypted: Uint32Array): void {
    const { tweaks, mixed } = this;
    this.computeTweaks(offset, plain.length);
    for (let at = 0; at < plain.length; at += 1) mixed[at] = (plain[at] ?? 0) ^ (tweaks[at] ?? 0);
    const bytes = this.data.update(bytesOf(mixed, plain.length));
    const result = words(bytes, 0, bytes.length);
    for (let at = 0; at < plain.length; at += 1) {
      encrypted[at] = (result[at] ?? 0) ^ (tweaks[at] ?? 0);
    }
  }

  /** The tweak of a sector is its encrypted number; from block to block it is multiplied by x. */
  private computeTweaks(offset: number, length: number): void {
    const { tweaks } = this;
    const sectorWords = this.sectorSize / 4;
    const numbers = new Uint32Array((length / sectorWords) * BLOCK_WORDS);
    for (let at = 0; at < numbers.length; at += BLOCK_WORDS) {
      const number = offset / IV_UNIT + ((at / BLOCK_WORDS) * this.sectorSize) / IV_UNIT;
      numbers[at] = number % 2 ** 32;
      numbers[at + 1] = Math.floor(number / 2 ** 32);
    }
    const bytes = this.tweak.update(bytesOf(numbers, numbers.length));
    const first = words(bytes, 0, bytes.length);
    for (let sector = 0, at = 0; at < length; sector += BLOCK_WORDS) {
      let a = first[sector] ?? 0;
      let b = first[sector + 1] ?? 0;
      let c = first[sector + 2] ?? 0;
      let d = first[sector + 3] ?? 0;
      for (const end = at + sectorWords; at < end; at += BLOCK_WORDS) {
        tweaks[at] = a;
        tweaks[at + 1] = b;
        tweaks[at + 2] = c;
        tweaks[at + 3] = d;
        const carry = (d >> 31) & FEEDBACK;
        d = (d << 1) | (c >>> 31);
        c = (c << 1) | (b >>> 31);
        b = (b << 1) | (a >>> 31);
        a = (a << 1) ^ carry;
      }
    }
  }
}

function ecb(key: Uint8Array): Cipher {
  const name = key.length === 16 ? 'aes-128-ecb' : 'aes-256-ecb';
  return createCipheriv(name, key, null).setAutoPadding(false);
}

function words(bytes: Uint8Array, start: number, end: number): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset + start, (end - start) / 4);
}

function bytesOf(words: Uint32Array, length: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, length * 4);
}
