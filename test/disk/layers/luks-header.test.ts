import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { LuksPlan } from '../../../build-scripts/disk/disk-plan.ts';
import { luksFormatCommand } from '../../../build-scripts/disk/layers/luks-format.ts';
import { checkLuks, luksHeader } from '../../../build-scripts/disk/layers/luks-header.ts';
import type { LuksSecrets } from '../../../build-scripts/disk/layers/luks-secrets.ts';
import { blocks, passphrase, tool } from './luks-blocks.ts';
import { luks } from './sample-plans.ts';

const argon: LuksPlan['pbkdf'] = { type: 'argon2id', memoryKiB: 65_536, iterations: 4 };
/** With it, no tool makes the header. That file itself is not read by what is tested. */
const secretKey = { volumeKeyFile: 'secret.key' };
/** The folder for what tools make. */
const nowhere = '/nonexistent';

test('the command for cryptsetup names every cost and no secret', () => {
  const files = { volumeKey: 'key', target: 'target' };
  expect(luksFormatCommand(luks(2, { pbkdf: argon, hash: 'sha512' }), files).join(' ')).toBe(
    'cryptsetup luksFormat --batch-mode --type luks2' +
      ' --uuid 9f3c1c1e-6c1b-4f0d-8a55-3d0b1f1c7a10 --cipher aes-xts-plain64 --key-size 512' +
      ' --hash sha512 --offset 32768 --sector-size 4096' +
      ' --pbkdf argon2id --pbkdf-force-iterations 4 --pbkdf-memory 65536 --pbkdf-parallel 1' +
      ' --volume-key-file key --key-file - target',
  );
  expect(luksFormatCommand(luks(1, { keySize: 256 }), files).join(' ')).toBe(
    'cryptsetup luksFormat --batch-mode --type luks1' +
      ' --uuid 9f3c1c1e-6c1b-4f0d-8a55-3d0b1f1c7a10 --cipher aes-xts-plain64 --key-size 256' +
      ' --hash sha256 --offset 4096 --pbkdf pbkdf2 --pbkdf-force-iterations 1000' +
      ' --volume-key-file key --key-file - target',
  );
});

describe('a plan is refused with its place', () => {
  test.each<[string, LuksPlan, string]>([
    ['another cipher', luks(2, { cipher: 'serpent-xts-plain64' }), 'cipher serpent-xts-plain64'],
    ['LUKS1 with argon2', luks(1, { pbkdf: argon }), 'LUKS1 knows no argon2id'],
    ['LUKS1 with large sectors', luks(1, { sectorSize: 4096 }), 'LUKS1 has sectors of 512 bytes'],
    [
      'a key file with argon2',
      luks(2, { pbkdf: argon, ...secretKey }),
      'has to be pbkdf2, not argon2id',
    ],
    [
      'too few iterations',
      luks(2, { pbkdf: { type: 'pbkdf2', memoryKiB: 0, iterations: 999 } }),
      'pbkdf2 needs at least 1000 iterations, not 999',
    ],
  ])('%s', (_, plan, message) => {
    expect(() => {
      checkLuks(plan);
    }).toThrow(message);
    expect(() => {
      checkLuks(plan);
    }).toThrow('partitions[2].content: ');
  });

  test.each([
    ['an empty passphrase', 0, 'the passphrase is empty'],
    ['one that cannot be typed', 513, 'the passphrase is longer than 512 bytes'],
  ])('%s', async (_, length, message) => {
    const secrets = { volumeKey: randomBytes(64), passphrase: Buffer.alloc(length, 'x') };
    await expect(luksHeader(tool, luks(2, secretKey), secrets, nowhere)).rejects.toThrow(message);
  });

  test('a volume key of another size', async () => {
    const secrets = { volumeKey: randomBytes(32), passphrase };
    await expect(luksHeader(tool, luks(2), secrets, nowhere)).rejects.toThrow('512 bits');
  });
});

describe.each([1, 2] as const)('a LUKS%d header from a key file', (version) => {
  const volumeKey = randomBytes(64);
  const plan = luks(version, secretKey);
  const header = (given: Partial<LuksPlan> = {}, secrets: Partial<LuksSecrets> = {}) =>
    luksHeader(tool, { ...plan, ...given }, { volumeKey, passphrase, ...secrets }, nowhere);

  test('is the same every time', async () => {
    expect(Buffer.compare(await header(), await header())).toBe(0);
  });

  test.each<[string, Partial<LuksPlan>, Partial<LuksSecrets>]>([
    ['key', {}, { volumeKey: randomBytes(64) }],
    ['UUID', { uuid: '9f3c1c1e-6c1b-4f0d-8a55-3d0b1f1c7a11' }, {}],
  ])('has nothing in common with that of another %s', async (_, given, secrets) => {
    const others = new Set(blocks(await header(given, secrets)));
    const isKeyslot = (at: number) => at >= (version === 2 ? 32_768 : 4096);
    const own = blocks(await header()).filter((_block, index) => isKeyslot(index * 16));
    expect(own.length).toBeGreaterThanOrEqual((4000 * 64) / 16);
    expect(own.filter((block) => others.has(block))).toEqual([]);
  });

  test('holds neither the key nor its half', async () => {
    const bytes = Buffer.from(await header());
    expect(bytes.includes(volumeKey.subarray(0, 32))).toBe(false);
    expect(bytes.includes(volumeKey.subarray(32))).toBe(false);
  });
});
