import { describe, expect, test } from '@jest/globals';
import { layerTables, tableFor } from '../../../build-scripts/disk/configure/layer-tables.ts';
import { PLAIN, planOf, STACK } from '../support/disk-plans.ts';

/** What is written in place of a file of the image. */
function written(layout: string, file: string, present: string): string | undefined {
  const table = layerTables(planOf(layout)).find((found) => found.file === file);
  return table && tableFor(table, present);
}

const CRYPTTAB = '/etc/crypttab';
const MDADM = '/etc/mdadm/mdadm.conf';

describe('a disk without LUKS and RAID', () => {
  test.each([
    [CRYPTTAB, ''],
    [CRYPTTAB, '# <target name>\t<source device>\n\n  # nothing\n'],
    [MDADM, ''],
    [MDADM, '#ARRAY <ignore>\nHOMEHOST <system>\nMAILADDR admin@example.org\n'],
  ])('leaves a %s alone that names no devices: %j', (file, present) => {
    expect(written(PLAIN, file, present)).toBeUndefined();
  });

  test('empties the crypttab of another machine', () => {
    expect(written(PLAIN, CRYPTTAB, '# old\n old UUID=1234 none luks\n')).toBe(
      `# /etc/crypttab: what is unlocked at boot.
# Written when this disk image was made.
# <target name>  <source device>  <key file>  <options>
`,
    );
  });

  test('takes the arrays of another machine out of mdadm.conf', () => {
    expect(written(PLAIN, MDADM, 'HOMEHOST x\narray /dev/md/0 UUID=1:2:3:4\n')).toBe(
      `# /etc/mdadm/mdadm.conf: the arrays of this machine.
# Written when this disk image was made.
HOMEHOST <system>
MAILADDR root
`,
    );
  });
});

test.each([
  [CRYPTTAB, /^crypt +UUID=\S+ +none +luks,discard,initramfs$/m],
  [MDADM, /^ARRAY \/dev\/md\/boot /m],
])('a disk with them has its own %s', (file, row) => {
  expect(written(STACK, file, '')).toMatch(row);
  expect(written(STACK, file, 'old /dev/sda1 none luks\nARRAY /dev/md/0\n')).toMatch(row);
});
