import { randomBytes } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { UserError } from '../../host/errors.ts';
import type { LuksPlan } from '../disk-plan.ts';
import { nodePlace } from '../node-place.ts';

export interface VolumeKeyOptions {
  /** Told when the key file can be read by others. */
  readonly warn?: ((text: string) => void) | undefined;
}

/**
 * Lends the key that encrypts the payload: what the plan's secret key file holds, or random bytes.
 * Never derived from anything else: who knows the seed of a build must not know its keys.
 *
 * The bytes are overwritten when `use` has ended. Copies that OpenSSL made for its ciphers live
 * until they are collected as garbage; the key is in no argument, file or log of ours.
 *
 * @throws UserError, naming the node, when the key file cannot be read or does not hold a key of the
 * plan's size
 */
export async function withVolumeKey<T>(
  plan: LuksPlan,
  use: (key: Buffer) => Promise<T>,
  options: VolumeKeyOptions = {},
): Promise<T> {
  const length = plan.keySize / 8;
  const key =
    plan.volumeKeyFile === undefined
      ? randomKey(length)
      : await readKey(plan, plan.volumeKeyFile, length, options);
  try {
    return await use(key);
  } finally {
    key.fill(0);
  }
}

function randomKey(length: number): Buffer {
  const key = randomBytes(length);
  // Happens once in 2^128 (or 2^256) times.
  return hasEqualHalves(key) ? randomKey(length) : key;
}

async function readKey(
  node: LuksPlan,
  file: string,
  length: number,
  options: VolumeKeyOptions,
): Promise<Buffer> {
  // One more, to see when the file goes on.
  const bytes = Buffer.alloc(length + 1);
  try {
    const found = await readFrom(node, file, bytes, options);
    if (found !== length) throw wrongLength(node, file, length, found);
    if (hasEqualHalves(bytes.subarray(0, length))) {
      throw new UserError(
        `${nodePlace(node)}: ${file} is no volume key: both halves are the same`,
        {
          hint: makeKeyHint(length),
        },
      );
    }
    return Buffer.from(bytes.subarray(0, length));
  } finally {
    bytes.fill(0);
  }
}

/** @returns how many bytes there were */
async function readFrom(
  node: LuksPlan,
  file: string,
  bytes: Buffer,
  options: VolumeKeyOptions,
): Promise<number> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const { mode } = await handle.stat();
    if ((mode & 0o044) !== 0) {
      options.warn?.(`the volume key ${file} can be read by others: chmod 600 ${file}`);
    }
    return await readUpTo(handle, bytes);
  } catch (error) {
    const { message } = error as Error;
    throw new UserError(`${nodePlace(node)}: the volume key ${file} cannot be read: ${message}`, {
      cause: error,
    });
  } finally {
    await handle?.close();
  }
}

async function readUpTo(handle: FileHandle, bytes: Buffer): Promise<number> {
  let found = 0;
  while (found < bytes.length) {
    const { bytesRead } = await handle.read(bytes, found, bytes.length - found, null);
    if (bytesRead === 0) break;
    found += bytesRead;
  }
  return found;
}

function wrongLength(node: LuksPlan, file: string, length: number, found: number): UserError {
  const amount = found > length ? `more than ${length}` : String(found);
  return new UserError(
    `${nodePlace(node)}: the volume key ${file} holds ${amount} bytes, but a key of ${length * 8} bits has ${length}`,
    { hint: makeKeyHint(length) },
  );
}

const makeKeyHint = (length: number): string =>
  `make one with: (umask 077; head -c ${length} /dev/urandom > FILE)`;

/** XTS is not secure then (FIPS 140-2 IG A.9), and OpenSSL refuses such keys. */
function hasEqualHalves(key: Buffer): boolean {
  const half = key.length / 2;
  return key.subarray(0, half).equals(key.subarray(half));
}
