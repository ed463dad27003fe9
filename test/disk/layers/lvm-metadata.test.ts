import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lvmCrc, lvmMetadata } from '../../../build-scripts/disk/layers/lvm-metadata.ts';
import { lvmText } from '../../../build-scripts/disk/layers/lvm-text.ts';
import { withSystemFolders } from '../../../build-scripts/host/find-program.ts';
import { attempt } from '../../support/command.ts';
import { needsPrograms } from '../../support/needs.ts';
import { makeScratch, removeScratch } from '../../support/scratch.ts';
import { describeUnless } from '../../support/test-unless.ts';
import { withImage } from '../space/image.ts';
import { volumeGroup } from './sample-plans.ts';

const creation = { time: 1_704_164_645, host: 'mkimage' };

describe('the metadata', () => {
  test('as text', () => {
    const [first] = volumeGroup.volumes;
    const plan = { ...volumeGroup, volumes: first ? [first] : [] };
    expect(lvmText(plan, { ...creation, host: 'a "b" \\c' })).toBe(`vg-0 {
id = "Vg0000-aaaa-bbbb-cccc-dddd-eeee-ffff01"
seqno = 1
format = "lvm2"
status = ["RESIZEABLE", "READ", "WRITE"]
flags = []
extent_size = 8192
max_lv = 0
max_pv = 0
metadata_copies = 0

physical_volumes {

pv0 {
id = "Pv0000-aaaa-bbbb-cccc-dddd-eeee-ffff01"
device = "unknown"

status = ["ALLOCATABLE"]
flags = []
dev_size = 131072
pe_start = 2048
pe_count = 15
}
}

logical_volumes {

root {
id = "Lv0000-aaaa-bbbb-cccc-dddd-eeee-ffff01"
status = ["READ", "WRITE", "VISIBLE"]
flags = []
creation_time = 1704164645
creation_host = "a \\"b\\" \\\\c"
segment_count = 1

segment1 {
start_extent = 0
extent_count = 10

type = "striped"
stripe_count = 1

stripes = [
"pv0", 0
]
}
}

}

}
contents = "Text Format Volume Group"
version = 1

description = ""

creation_host = "a \\"b\\" \\\\c"
creation_time = 1704164645

`);
  });

  test('has its own kind of CRC', () => {
    // Without data the CRC is its initial value; the other is what calc_crc of lib/misc/crc.c gives.
    expect(lvmCrc(Buffer.alloc(0))).toBe(0xf597a6cf);
  });

  test.each([
    ['an id with dashes', { vgUuid: 'Vg0000-aaaa-bbbb-cccc-dddd-eeee-ffff01' }, 'not an LVM id'],
    ['a short id', { pvUuid: 'x' }, 'not an LVM id: x'],
    ['no room', { extentsOffset: 8192 }, /\d+ bytes of LVM metadata do not fit into 4096/],
  ])('is refused with %s', (_, wrong, message) => {
    const volumes = Array.from({ length: 4 }, () => volumeGroup.volumes).flat();
    expect(() => lvmMetadata({ ...volumeGroup, volumes, ...wrong }, creation)).toThrow(message);
  });
});

describeUnless(needsPrograms('pvck'), 'with LVM', () => {
  const env = { PATH: withSystemFolders(), LC_ALL: 'C', LVM_SUPPRESS_FD_WARNINGS: '1' };
  let scratch: string;
  beforeAll(async () => {
    scratch = await makeScratch('lvm');
  });
  afterAll(() => removeScratch(scratch));

  /** Writes a physical volume and has pvck take it apart. @returns both outputs */
  async function dump(what: string, bytes: Uint8Array, ...more: string[]): Promise<string> {
    const file = path.join(scratch, 'pv');
    await withImage(file, volumeGroup.size, (space) => space.write(0, bytes));
    const config = 'devices { use_devicesfile=0 }';
    const argv = ['pvck', '--nolocking', '--config', config, ...more, '--dump', what, file];
    const { stdout, stderr } = await attempt(argv, { env });
    const warnings = stderr.replace(/^.*Running as a non-root user.*$/m, '');
    return `${stdout}\n${warnings}`.trim();
  }

  test('its headers are right', async () => {
    const headers = await dump('headers', lvmMetadata(volumeGroup, creation));
    expect(headers).not.toMatch(/CHECK|WARNING|bad/);
    const lines = headers.split('\n').map((line) => line.trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        'label_header.sector 1',
        'label_header.type LVM2 001',
        'pv_header.pv_uuid Pv0000aaaabbbbccccddddeeeeffff01',
        'pv_header.device_size 67108864',
        'pv_header.disk_locn[0].offset 1048576',
        'pv_header.disk_locn[2].offset 4096',
        'pv_header.disk_locn[2].size 1044480',
        'pv_header_extension.version 2',
        'pv_header_extension.flags 1',
        'mda_header_1.start 4096',
        'mda_header_1.size 1044480',
        'mda_header_1.raw_locn[0].offset 512',
        expect.stringMatching(/^metadata text at 4608 crc 0x\w+ # vgname vg-0 seqno 1$/),
      ]),
    );
  });

  test('its text is found, as it was written', async () => {
    const bytes = lvmMetadata(volumeGroup, creation);
    const text = lvmText(volumeGroup, creation);
    expect(await dump('metadata', bytes)).toContain(`---\n${text.trim()}\n`);
    expect(await dump('metadata_all', bytes)).toMatch(
      /^metadata at 4608 length \d+ crc \w+ vg vg-0 seqno 1 id Vg0000-aaaa-bbbb-cccc-dddd-eeee-ffff01$/,
    );
  });

  test('its area is as large as it says, and empty behind the text', async () => {
    const file = path.join(scratch, 'area');
    const bytes = lvmMetadata(volumeGroup, creation);
    await dump('metadata_area', bytes, '--file', file);
    const area = await readFile(file);
    const used = bytes.length - 4096;
    // pvck dumps from the header on, but only as much as there is text area.
    expect(area).toHaveLength(1_044_480 - 512);
    expect(area.subarray(0, used).equals(Buffer.from(bytes.subarray(4096)))).toBe(true);
    expect(area.subarray(used).every((byte) => byte === 0)).toBe(true);
  });

  test.each([
    ['label', 600, 'CHECK: label_header.crc expected'],
    ['area header', 4096 + 100, 'CHECK: mda_header_1.checksum expected'],
    ['text', 4700, 'crc does not match mda_header_1.raw_locn[0].checksum'],
  ])('one changed byte is found in the %s', async (_, at, message) => {
    const bytes = lvmMetadata(volumeGroup, creation);
    bytes[at] = 0x41;
    expect(await dump('headers', bytes)).toContain(message);
  });
});
