import { open } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  sfdiskScript,
  verifyPartitionTable,
  writePartitionTable,
} from '../../../build-scripts/disk/layers/partition-table.ts';
import { withSystemFolders } from '../../../build-scripts/host/find-program.ts';
import { runCommand, type RunOptions } from '../../../build-scripts/host/process.ts';
import { run } from '../../support/command.ts';
import { needsPrograms } from '../../support/needs.ts';
import { makeScratch, removeScratch } from '../../support/scratch.ts';
import { describeUnless } from '../../support/test-unless.ts';
import { withImage } from '../space/image.ts';
import { gptDisk, mbrDisk, MIB, partition } from './sample-plans.ts';

describe('the script for sfdisk', () => {
  test('of a GPT', () => {
    expect(sfdiskScript(gptDisk)).toBe(`label: gpt
label-id: 6F2C0A8B-93D1-4E0A-8C7C-0D5C3B1A9E42
first-lba: 2048
unit: sectors
sector-size: 512

1 : start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, uuid=0B1EAF4D-7A58-4C1F-9D0E-2F6B8C1D3E01, name="bios"
2 : start=4096, size=20480, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=0B1EAF4D-7A58-4C1F-9D0E-2F6B8C1D3E02, name="esp"
3 : start=24576, size=104448, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=0B1EAF4D-7A58-4C1F-9D0E-2F6B8C1D3E03, name="root-a+b.c_d"
`);
  });

  test('of an MBR', () => {
    expect(sfdiskScript(mbrDisk)).toBe(`label: dos
label-id: 0x1a2b3c4d
unit: sectors
sector-size: 512

1 : start=2048, size=20480, type=83, bootable
2 : start=22528, size=108544, type=fd
`);
  });

  test.each([
    ['a fifth partition', { number: 5, offset: 2 * MIB, size: MIB }, 'an MBR has 4 partitions'],
    [
      'more than 2 TiB',
      { number: 1, offset: MIB, size: 2 ** 41 },
      'ends behind the 2 TiB that an MBR can address',
    ],
    ['half a sector', { number: 1, offset: MIB, size: 256 }, '256 bytes are not whole sectors'],
  ])('of an MBR is refused with %s', (_, given, message) => {
    const partitions = [partition({ name: 'x', type: '83', ...given })];
    expect(() => sfdiskScript({ ...mbrDisk, partitions })).toThrow(message);
  });
});

describeUnless(needsPrograms('sfdisk'), 'with sfdisk', () => {
  const env = { PATH: withSystemFolders() };
  const tool = (argv: readonly string[], options: RunOptions = {}) =>
    runCommand(argv, { ...options, env: { ...env, ...options.env } });
  let scratch: string;
  beforeAll(async () => {
    scratch = await makeScratch('partition-table');
  });
  afterAll(() => removeScratch(scratch));

  /** What sfdisk reads back, in its own words. */
  async function table(image: string): Promise<Record<string, unknown>> {
    const answer = await run(['sfdisk', '--json', image], { env });
    return (JSON.parse(answer) as { partitiontable: Record<string, unknown> }).partitiontable;
  }

  test.each([
    ['gpt', gptDisk],
    ['mbr', mbrDisk],
  ] as const)('a table becomes what the plan says: %s', async (name, plan) => {
    const image = path.join(scratch, name);
    await withImage(image, plan.size, (space) => space.write(3 * MIB, Buffer.from('kept')));
    await writePartitionTable(tool, image, plan);
    await verifyPartitionTable(tool, image);
    const written = await table(image);
    expect(written).toMatchObject({ label: name === 'gpt' ? 'gpt' : 'dos', id: plan.diskId });
    expect(written.partitions).toEqual(
      plan.partitions.map((part) => ({
        node: `${image}${part.number}`,
        start: part.offset / 512,
        size: part.size / 512,
        type: part.type,
        ...(plan.table === 'gpt' && { uuid: part.uuid, name: part.name }),
        ...(part.active && { bootable: true }),
      })),
    );
    const handle = await open(image);
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 3 * MIB);
    await handle.close();
    expect(buffer.toString()).toBe('kept');
  });

  test('the same plan gives the same bytes', async () => {
    const images = ['first', 'second'].map((name) => path.join(scratch, name));
    for (const image of images) {
      await withImage(image, gptDisk.size, () => Promise.resolve());
      await writePartitionTable(tool, image, gptDisk);
    }
    await run(['cmp', ...images]);
    expect((await table(images[0] ?? '')).id).toBe(gptDisk.diskId);
  });

  test.each([
    ['the primary header', 512 + 24],
    ['the partition entries', 1024 + 40],
    ['the backup header', gptDisk.size - 512 + 24],
  ])('damage is found: %s', async (name, offset) => {
    const image = path.join(scratch, `damaged ${name}`);
    await withImage(image, gptDisk.size, () => Promise.resolve());
    await writePartitionTable(tool, image, gptDisk);
    const handle = await open(image, 'r+');
    await handle.write(Buffer.from('damage'), 0, 6, offset);
    await handle.close();
    await expect(verifyPartitionTable(tool, image)).rejects.toThrow(
      'found errors in the partition table',
    );
  });

  test('an overlap is found', async () => {
    const image = path.join(scratch, 'overlap');
    await withImage(image, mbrDisk.size, () => Promise.resolve());
    await writePartitionTable(tool, image, mbrDisk);
    const handle = await open(image, 'r+');
    // The second entry of the MBR at 446 + 16: its start, at 8, becomes that of the first.
    await handle.write(Uint8Array.of(0, 8, 0, 0), 0, 4, 446 + 16 + 8);
    await handle.close();
    await expect(verifyPartitionTable(tool, image)).rejects.toThrow(
      'Partition 1: overlaps partition 2',
    );
  });
});
