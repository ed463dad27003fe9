import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { attempt, run } from '../support/command.ts';
import { LAYOUTS } from '../support/disk-layouts.ts';
import { firstReason, needsOrdinaryUser, needsPrograms, needsRoot } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { makeDisk, PASSPHRASE, type DiskRequest, type TestDisk } from '../support/test-disks.ts';
import { describeUnless } from '../support/test-unless.ts';

const missing = firstReason(needsRoot, needsOrdinaryUser(), needsPrograms('zstd', 'cryptsetup'));

const MIB = 1024 ** 2;
/** What a LUKS2 header takes by default: both JSON areas and the keyslots. */
const HEADER = 16 * MIB;
/** Of the binary header: offset and length of the salt, see the LUKS2 on-disk format, 2.1. */
const SALT = [104, 64] as const;

describeUnless(missing, 'root and an ordinary user compose from the same seed', () => {
  const both = async (disk: DiskRequest): Promise<[TestDisk, TestDisk]> => [
    await makeDisk({ ...disk, builder: 'root' }),
    await makeDisk({ ...disk, builder: 'ordinary user' }),
  ];

  test.each([
    ['GPT, ext4', LAYOUTS['uefi-ext4']],
    ['MBR, ext4', LAYOUTS['bios-mbr']],
    ['LVM and btrfs', LAYOUTS.lvm],
    ['RAID1, LUKS with a key file, LVM, btrfs', LAYOUTS['raid1-snapper']],
  ])('the same disk: %s', async (_, disk) => {
    const [byRoot, byUser] = await both(disk);
    // cmp says where they differ first.
    expect(await attempt(['cmp', byRoot.image, byUser.image])).toMatchObject({
      stdout: '',
      stderr: '',
      exitCode: 0,
    });
    // What is published about it holds for both, then.
    await run(['sha256sum', '--check', '--quiet', 'SHA256SUMS'], { cwd: byUser.directory });
    const manifests = [byRoot, byUser].map(({ directory, name }) =>
      readFileSync(path.join(directory, `${name}_disk-manifest.json`), 'utf8'),
    );
    expect(manifests[1]).toBe(manifests[0]);
  });

  describe('LUKS without a key file', () => {
    let scratch: string;
    let headers: [Buffer, Buffer];
    let files: string[];
    /** The same plaintext: the label of the physical volume. */
    let payloads: Buffer[];

    beforeAll(async () => {
      scratch = await makeScratch('luks');
      const disks = await both(LAYOUTS['raid1-mbr']);
      const read = await Promise.all(disks.map(({ image }) => luksOf(image)));
      headers = read.map(({ header }) => header) as [Buffer, Buffer];
      payloads = read.map(({ payload }) => payload);
      files = await Promise.all(
        headers.map(async (header, index) => {
          const file = path.join(scratch, `header-${index}`);
          const handle = await open(file, 'w');
          await handle.write(header);
          // cryptsetup wants a payload, too.
          await handle.truncate(HEADER + MIB);
          await handle.close();
          return file;
        }),
      );
    });
    afterAll(() => removeScratch(scratch));

    test('the volume keys are different ones', async () => {
      const keys = await Promise.all(
        files.map(async (file) => {
          const key = `${file}.key`;
          await run(
            [
              ...['cryptsetup', 'luksDump', '--batch-mode', '--dump-volume-key'],
              ...['--volume-key-file', key, '--key-file', '-', file],
            ],
            { input: PASSPHRASE },
          );
          return readFileSync(key).toString('hex');
        }),
      );
      expect(keys[0]).toMatch(/^[0-9a-f]{128}$/);
      expect(keys[1]).not.toBe(keys[0]);
      expect(payloads[1]?.equals(payloads[0] ?? Buffer.alloc(0))).toBe(false);
    });

    test('nothing that comes from the key is shared', async () => {
      const facts = await Promise.all(
        files.map(async (file) => {
          const text = await run(['cryptsetup', 'luksDump', '--dump-json-metadata', file]);
          return JSON.parse(text) as LuksJson;
        }),
      );
      const secrets = facts.map(({ keyslots, digests }) => [
        keyslots['0']?.kdf.salt,
        digests['0']?.salt,
        digests['0']?.digest,
      ]);
      for (const [index, secret] of (secrets[0] ?? []).entries()) {
        expect(secret).toMatch(/^[A-Za-z0-9+/]{40,}=*$/);
        expect(secrets[1]?.[index]).not.toBe(secret);
      }
      const [one, two] = headers;
      const [start, length] = SALT;
      expect(two.subarray(start, start + length)).not.toEqual(one.subarray(start, start + length));
      // The anti-forensic stripes: no sector of them is the same.
      const { offset, size } = facts[0]?.keyslots['0']?.area ?? { offset: '0', size: '0' };
      const [from, to] = [Number(offset), Number(offset) + Number(size)];
      expect(to - from).toBeGreaterThan(MIB / 8);
      const shared = [];
      for (let at = from; at < to; at += 512)
        if (one.subarray(at, at + 512).equals(two.subarray(at, at + 512))) shared.push(at);
      // The area ends in unused sectors.
      expect(shared.filter((at) => one.subarray(at, at + 512).some((byte) => byte !== 0))).toEqual(
        [],
      );
    });

    test('the passphrase is not repeated anywhere', async () => {
      const disks = await both(LAYOUTS['raid1-mbr']);
      for (const { directory, stdout, stderr } of disks) {
        expect(stdout + stderr).not.toContain(PASSPHRASE);
        await rm(path.join(directory, 'luks.passphrase'), { force: true });
        const grep = ['grep', '--recursive', '--text', '--fixed-strings', '--files-with-matches'];
        expect(await attempt([...grep, PASSPHRASE, directory])).toMatchObject({
          stdout: '',
          exitCode: 1,
        });
      }
    });
  });
});

interface LuksJson {
  readonly keyslots: Readonly<
    Record<string, { kdf: { salt: string }; area: { offset: string; size: string } } | undefined>
  >;
  readonly digests: Readonly<Record<string, { salt: string; digest: string } | undefined>>;
}

/** Looks for it where partitions and RAID1 data may start: at whole MiB. */
async function luksOf(image: string): Promise<{ header: Buffer; payload: Buffer }> {
  const handle = await open(image, 'r');
  try {
    const { size } = await handle.stat();
    const magic = Buffer.alloc(6);
    for (let at = MIB; at < size; at += MIB) {
      await handle.read(magic, 0, magic.length, at);
      if (magic.toString('latin1') !== 'LUKS\xba\xbe') continue;
      const header = Buffer.alloc(HEADER);
      const payload = Buffer.alloc(4096);
      await handle.read(header, 0, header.length, at);
      await handle.read(payload, 0, payload.length, at + HEADER);
      return { header, payload };
    }
    throw new Error(`${image} has no LUKS header`);
  } finally {
    await handle.close();
  }
}
