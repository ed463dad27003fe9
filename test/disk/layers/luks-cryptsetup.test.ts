import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { LuksPlan } from '../../../build-scripts/disk/disk-plan.ts';
import { luksHeader } from '../../../build-scripts/disk/layers/luks-header.ts';
import type { RunTool } from '../../../build-scripts/disk/layers/run-tool.ts';
import { luksSpace } from '../../../build-scripts/disk/space/luks-space.ts';
import { shiftedSpace } from '../../../build-scripts/disk/space/shifted-space.ts';
import { openBuildLog } from '../../../build-scripts/host/build-log.ts';
import { runCommand } from '../../../build-scripts/host/process.ts';
import { attempt, run } from '../../support/command.ts';
import { needsPrograms } from '../../support/needs.ts';
import { makeScratch, removeScratch } from '../../support/scratch.ts';
import { describeUnless } from '../../support/test-unless.ts';
import { withImage } from '../space/image.ts';
import { blocks, env, passphrase, tool } from './luks-blocks.ts';
import { luks, MIB } from './sample-plans.ts';

const argon: LuksPlan['pbkdf'] = { type: 'argon2id', memoryKiB: 65_536, iterations: 4 };
const secretKey = { volumeKeyFile: 'secret.key' };

// cryptsetup waits for the disk more than once.
jest.setTimeout(60_000);

let scratch: string;
beforeAll(async () => {
  scratch = await makeScratch('luks');
});
afterAll(() => removeScratch(scratch));

/** A container with `payload` in it, at 1 MiB; everything else is a hole. */
async function container(
  plan: LuksPlan,
  volumeKey: Buffer,
  payload = Buffer.alloc(0),
): Promise<string> {
  const file = path.join(scratch, randomBytes(6).toString('hex'));
  const header = await luksHeader(tool, plan, { volumeKey, passphrase }, scratch);
  await withImage(file, plan.size, async (space) => {
    await space.write(0, header);
    const part = shiftedSpace(space, plan.payloadOffset, plan.payloadSize);
    const content = luksSpace(part, { key: volumeKey, ...plan });
    await content.write(MIB, payload);
    await content.finish?.();
  });
  return file;
}

/** Every way to make a header. */
const variants: [string, LuksPlan][] = [
  ['LUKS2 by cryptsetup', luks(2)],
  ['LUKS2 by cryptsetup, argon2id', luks(2, { pbkdf: argon })],
  [
    'LUKS2 by cryptsetup, AES-128, SHA-512, 512',
    luks(2, { keySize: 256, hash: 'sha512', sectorSize: 512 }),
  ],
  ['LUKS1 by cryptsetup', luks(1)],
  ['LUKS2 from a key file', luks(2, secretKey)],
  [
    'LUKS2 from a key file, AES-128, SHA-512, 512',
    luks(2, { ...secretKey, keySize: 256, hash: 'sha512', sectorSize: 512 }),
  ],
  ['LUKS1 from a key file', luks(1, secretKey)],
  [
    'LUKS1 from a key file, AES-128, SHA-512',
    luks(1, { ...secretKey, keySize: 256, hash: 'sha512' }),
  ],
];

const cryptsetup = (...args: string[]) =>
  run(['cryptsetup', ...args], { env, input: passphrase.toString() });

describeUnless(needsPrograms('cryptsetup', 'mkfifo'), 'with cryptsetup', () => {
  describe.each(variants)('%s', (_, plan) => {
    const key = randomBytes(plan.keySize / 8);
    const payload = Buffer.concat([randomBytes(2 * MIB), Buffer.alloc(MIB), Buffer.from('end')]);
    let file: string;
    beforeAll(async () => {
      file = await container(plan, key, payload);
    });

    test('shows what the plan says', async () => {
      const text = (await cryptsetup('luksDump', file)).replaceAll(/[ \t]+/g, ' ');
      expect(text).toMatch(new RegExp(`^Version: ?${plan.version}$`, 'm'));
      expect(text).toMatch(new RegExp(`^UUID: ?${plan.uuid}$`, 'm'));
      for (const line of plan.version === 1 ? luks1Lines(plan) : luks2Lines(plan)) {
        expect(text).toContain(line);
      }
    });

    test('opens with the passphrase, and only with it', async () => {
      const open = ['cryptsetup', 'open', '--test-passphrase', '--key-file', '-', file];
      const tries = ['correct horse', 'wrong'].map((input) => attempt(open, { env, input }));
      expect(await Promise.all(tries)).toMatchObject([{ exitCode: 0 }, { exitCode: 2 }]);
    });

    test('holds the volume key', async () => {
      const dumped = `${file}.key`;
      const options = ['--dump-volume-key', '--batch-mode', '--key-file', '-'];
      await cryptsetup('luksDump', ...options, '--volume-key-file', dumped, file);
      expect((await readFile(dumped)).equals(key)).toBe(true);
    });

    // The last one: it changes the file.
    test('is decrypted by cryptsetup to what was written', async () => {
      const decrypted = await decryptOffline(file, plan);
      expect(decrypted.subarray(MIB, MIB + payload.length).equals(payload)).toBe(true);
    });
  });

  test('two headers share no key material, not even with the same volume key', async () => {
    const secrets = { volumeKey: randomBytes(64), passphrase };
    const [first, second] = await Promise.all(
      [1, 2].map(() => luksHeader(tool, luks(2), secrets, scratch)),
    );
    // The rest are zeros and what the plan says.
    const keyslots = (header: Uint8Array = new Uint8Array()) =>
      blocks(header.subarray(32_768, 32_768 + 258_048));
    const others = new Set(keyslots(second));
    expect(keyslots(first).filter((block) => others.has(block))).toEqual([]);
    expect(salts(first)).toHaveLength(2);
    expect(salts(first)).not.toEqual(expect.arrayContaining([salts(second)[0]]));
    expect(salts(first)).not.toEqual(expect.arrayContaining([salts(second)[1]]));
  });

  test('no secret is in an argument, and no file stays behind', async () => {
    const directory = await makeScratch('luks-private');
    try {
      const secrets = { volumeKey: Buffer.from('k'.repeat(63) + 'l'), passphrase };
      const log = openBuildLog(path.join(directory, 'build.log'));
      const seen: string[] = [];
      const logged: RunTool = (argv, options) => {
        seen.push(...argv);
        return runCommand(argv, { ...options, log, env });
      };
      await luksHeader(logged, luks(2), secrets, directory);
      log.close();
      const text = seen.join(' ') + (await readFile(log.path, 'utf8'));
      expect(text).toContain('luksFormat');
      expect(text).not.toMatch(/kkkk|correct|horse/);
      expect(await readdir(directory)).toEqual(['build.log']);
    } finally {
      await removeScratch(directory);
    }
  });

  test('when cryptsetup fails, its words are told, and no file stays behind', async () => {
    const directory = await makeScratch('luks-private');
    try {
      const secrets = { volumeKey: randomBytes(64), passphrase };
      const plan = luks(2, { uuid: 'no uuid' });
      await expect(luksHeader(tool, plan, secrets, directory)).rejects.toThrow(
        /Wrong LUKS UUID format provided/,
      );
      expect(await readdir(directory)).toEqual([]);
    } finally {
      await removeScratch(directory);
    }
  });
});

/** Of the keyslot and the digest in LUKS2's JSON. */
function salts(header: Uint8Array = new Uint8Array()): string[] {
  const text = Buffer.from(header.subarray(4096, 16_384)).toString('latin1');
  return [...text.matchAll(/"salt":"([^"]+)"/g)].map((match) => match[1] ?? '');
}

function luks1Lines(plan: LuksPlan): string[] {
  return [
    'Cipher name: aes',
    'Cipher mode: xts-plain64',
    `Hash spec: ${plan.hash}`,
    'Payload offset: 4096',
    `MK bits: ${plan.keySize}`,
    'Key Slot 0: ENABLED',
    'Key Slot 7: DISABLED',
    'Iterations: 1000',
  ];
}

function luks2Lines(plan: LuksPlan): string[] {
  const cost =
    plan.pbkdf.type === 'pbkdf2' ? 'Iterations: 1000' : 'Time cost: 4\n Memory: 65536\n Threads: 1';
  return [
    'offset: 16777216 [bytes]',
    `Cipher: ${plan.cipher}`,
    `sector: ${plan.sectorSize} [bytes]`,
    `Key: ${plan.keySize} bits`,
    `PBKDF: ${plan.pbkdf.type}`,
    cost,
    `AF hash: ${plan.hash}`,
    `Hash: ${plan.hash}`,
  ];
}

/** cryptsetup takes the encryption off a plain file, without device-mapper; LUKS2 only. */
async function decryptOffline(file: string, plan: LuksPlan): Promise<Buffer> {
  if (plan.version === 1) await cryptsetup('convert', '--batch-mode', '--type', 'luks2', file);
  // Its locks are in a folder that is root's; nobody else knows this file.
  const options = [
    '--batch-mode',
    '--disable-locks',
    '--force-offline-reencrypt',
    '--key-file',
    '-',
  ];
  await cryptsetup('reencrypt', '--decrypt', ...options, '--header', `${file}.header`, file);
  return readFile(file);
}
