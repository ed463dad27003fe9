import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mdSuperblock } from '../../../build-scripts/disk/layers/md-superblock.ts';
import { withSystemFolders } from '../../../build-scripts/host/find-program.ts';
import { attempt, run } from '../../support/command.ts';
import { needsPrograms } from '../../support/needs.ts';
import { makeScratch, removeScratch } from '../../support/scratch.ts';
import { describeUnless } from '../../support/test-unless.ts';
import { withImage } from '../space/image.ts';
import { MIB, raid1 } from './sample-plans.ts';

/** 2024-01-02 03:04:05 UTC */
const ctime = 1_704_164_645;

describe('the superblock', () => {
  test('is a function of the plan and the time', () => {
    const one = mdSuperblock(raid1('1.2', 2), ctime);
    expect(mdSuperblock(raid1('1.2', 2), ctime)).toEqual(one);
    expect(mdSuperblock(raid1('1.2', 2), ctime + 1)).not.toEqual(one);
  });

  test.each([
    ['a long name', { name: 'x'.repeat(29) }, 'is longer than 28 bytes'],
    ['half a sector', { dataSize: 1000 }, '1000 bytes are not whole sectors'],
    ['no UUID', { arrayUuid: 'abc' }, 'not a UUID: abc'],
  ])('is refused with %s', (_, wrong, message) => {
    expect(() => mdSuperblock({ ...raid1('1.2', 2), ...wrong }, ctime)).toThrow(message);
  });
});

describeUnless(needsPrograms('mdadm'), 'with mdadm', () => {
  const env = { PATH: withSystemFolders(), TZ: 'UTC', LC_ALL: 'C' };
  let scratch: string;
  beforeAll(async () => {
    scratch = await makeScratch('md');
  });
  afterAll(() => removeScratch(scratch));

  async function member(name: string, plan: ReturnType<typeof raid1>, bytes: Uint8Array) {
    const file = path.join(scratch, name);
    await withImage(file, plan.size, (space) => space.write(plan.superblockOffset, bytes));
    return file;
  }

  test.each([
    ['1.0', 1, 'A', 'Super Offset : 65520 sectors', 'Avail Dev Size : 65264 sectors'],
    ['1.0', 2, 'A.', 'Super Offset : 65520 sectors', 'Avail Dev Size : 65264 sectors'],
    ['1.2', 1, 'A', 'Super Offset : 8 sectors', 'Avail Dev Size : 63488 sectors'],
    ['1.2', 2, 'A.', 'Super Offset : 8 sectors', 'Avail Dev Size : 63488 sectors'],
    ['1.2', 3, 'A..', 'Data Offset : 2048 sectors', 'Avail Dev Size : 63488 sectors'],
  ] as const)(
    'metadata %s of %d devices is read as meant',
    async (metadata, devices, state, ...places) => {
      const plan = raid1(metadata, devices);
      const file = await member(`good-${metadata}-${devices}`, plan, mdSuperblock(plan, ctime));
      const lines = (await run(['mdadm', '--examine', file], { env }))
        .split('\n')
        .map((line) => line.trim());
      expect(lines).toEqual(
        expect.arrayContaining([
          `Version : ${metadata}`,
          'Array UUID : 01234567:89abcdef:fedcba98:76543210',
          'Name : any:pv',
          'Creation Time : Tue Jan  2 03:04:05 2024',
          'Update Time : Tue Jan  2 03:04:05 2024',
          'Raid Level : raid1',
          `Raid Devices : ${devices}`,
          'State : clean',
          'Device UUID : 00112233:44556677:8899aabb:ccddeeff',
          'Events : 1',
          'Device Role : Active device 0',
        ]),
      );
      const text = lines.join('\n');
      for (const place of places) expect(text).toContain(place);
      expect(text).toMatch(/^Checksum : [0-9a-f]+ - correct$/m);
      expect(text).toContain(`Array State : ${state} (`);
    },
  );

  test('an array line for mdadm.conf names it by its UUID', async () => {
    const plan = raid1('1.2', 2);
    const file = await member('brief', plan, mdSuperblock(plan, ctime));
    expect((await run(['mdadm', '--examine', '--brief', file], { env })).trim()).toBe(
      'ARRAY /dev/md/pv  metadata=1.2 UUID=01234567:89abcdef:fedcba98:76543210 name=any:pv',
    );
  });

  test('a large member: sizes beyond 32 bits', async () => {
    const plan = raid1('1.2', 2, 3 * 1024 ** 2 * MIB);
    const file = await member('large', plan, mdSuperblock(plan, ctime));
    expect(await run(['mdadm', '--examine', file], { env })).toContain('Checksum : ');
    expect(await run(['mdadm', '--examine', file], { env })).toContain(
      `Avail Dev Size : ${plan.dataSize / 512} sectors`,
    );
  });

  test('one changed byte is found', async () => {
    const plan = raid1('1.2', 2);
    const bytes = mdSuperblock(plan, ctime);
    bytes[0x21] = 'x'.charCodeAt(0);
    const file = await member('damaged', plan, bytes);
    const { stdout } = await attempt(['mdadm', '--examine', file], { env });
    expect(stdout).toMatch(/Checksum : [0-9a-f]+ - expected/);
  });
});
