import { createHmac } from 'node:crypto';

/** LVM's alphabet without the two characters that its own random ids leave out (lib/uuid/uuid.c). */
const LVM_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * Public identities of a disk, a function of the seed:
 *
 *     HMAC-SHA256(key: seed, message: "<path of the node> <purpose>")
 *
 * in UTF-8, of which the first bytes are used. When another node already has the result, a space
 * and an attempt number from 2 are added to the message. Purposes: `disk`, `partition`, `uuid`
 * (file system, swap, LUKS), `device` (btrfs), `hash` (ext4 directories), `array` and `member`
 * (md), `vg`, `pv` and `lv`.
 *
 * The seed is public. Nothing secret (volume keys, salts) ever comes from here.
 */
export class Identities {
  private readonly seed: string;
  private readonly taken = new Set<string>();

  constructor(seed: string) {
    this.seed = seed;
  }

  /** Keeps an identity given in disk.yml from being used again; false when it is taken already. */
  claim(identity: string): boolean {
    const plain = normalize(identity);
    if (this.taken.has(plain)) return false;
    this.taken.add(plain);
    return true;
  }

  /** Shaped like a random (version 4) UUID, lower case. */
  uuid(path: string, purpose: string): string {
    return this.derive(path, purpose, (digest) => {
      const bytes = Buffer.from(digest.subarray(0, 16));
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
      const hex = bytes.toString('hex');
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    });
  }

  /** 32 characters, without dashes. */
  lvmId(path: string, purpose: string): string {
    return this.derive(path, purpose, (digest) =>
      [...digest].map((byte) => LVM_ALPHABET[byte % LVM_ALPHABET.length]).join(''),
    );
  }

  /** `1A2B-3C4D`; never zero, which means "none". */
  fatSerial(path: string, purpose: string): string {
    return this.derive(path, purpose, (digest) => word(digest)?.replace(/^(.{4})(.{4})$/, '$1-$2'));
  }

  /** Disk signature of an MBR, `0x1a2b3c4d`; never zero, which means "none". */
  mbrId(path: string, purpose: string): string {
    return this.derive(path, purpose, (digest) => {
      const hex = word(digest);
      return hex === undefined ? undefined : `0x${hex.toLowerCase()}`;
    });
  }

  private derive(
    path: string,
    purpose: string,
    shape: (digest: Buffer) => string | undefined,
  ): string {
    for (let attempt = 1; ; attempt++) {
      const message = `${path} ${purpose}${attempt === 1 ? '' : ` ${attempt}`}`;
      const identity = shape(createHmac('sha256', this.seed).update(message).digest());
      if (identity !== undefined && this.claim(identity)) return identity;
    }
  }
}

function word(digest: Buffer): string | undefined {
  const value = digest.readUInt32BE(0);
  return value === 0 ? undefined : value.toString(16).toUpperCase().padStart(8, '0');
}

/** A UUID is the same with and without dashes; only LVM ids tell upper from lower case. */
function normalize(identity: string): string {
  const plain = identity.replace(/^0x/, '').replaceAll('-', '');
  return /^[0-9a-f]+$/i.test(plain) ? plain.toLowerCase() : plain;
}
