import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { firmwareOfDisk, TABLE_BYTES } from '../../build-scripts/boot/inspect-disk.ts';
import { needsPrograms } from '../support/needs.ts';
import { temporaryFolder } from '../support/project.ts';
import { describeUnless } from '../support/test-unless.ts';

const BIOS_BOOT = '21686148-6449-6E6F-744E-656564454649';

/** The start of a disk of 64 MiB that sfdisk has divided. */
function diskStart(script: string, bootCode: boolean): Buffer {
  const file = path.join(temporaryFolder(), 'disk');
  writeFileSync(file, '');
  truncateSync(file, 64 * 1024 ** 2);
  execFileSync('sfdisk', ['--quiet', file], {
    input: script,
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
  });
  const handle = openSync(file, 'r+');
  // As in GRUB's boot.img: a jump first.
  if (bootCode) writeSync(handle, Buffer.from([0xeb, 0x63, 0x90]), 0, 3, 0);
  const start = Buffer.alloc(TABLE_BYTES);
  readSync(handle, start, 0, TABLE_BYTES, 0);
  closeSync(handle);
  return start;
}

describeUnless(needsPrograms('sfdisk'), 'what a disk can be started with', () => {
  const root = 'type=L';
  const esp = 'size=8MiB, type=U';
  const biosBoot = `size=1MiB, type=${BIOS_BOOT}`;

  test.each([
    ['GPT with both', ['label: gpt', biosBoot, esp, root], true, ['uefi', 'bios']],
    ['GPT with an ESP', ['label: gpt', esp, root], false, ['uefi']],
    ['GPT for BIOS', ['label: gpt', biosBoot, root], true, ['bios']],
    ['GPT for BIOS whose boot code is missing', ['label: gpt', biosBoot, root], false, []],
    ['GPT whose boot code has no place', ['label: gpt', root], true, []],
    ['GPT whose last entry is the ESP', ['label: gpt', `128: ${esp}`], false, ['uefi']],
    ['MBR for BIOS', ['label: dos', root], true, ['bios']],
    ['MBR with an ESP', ['label: dos', 'size=8MiB, type=ef', root], false, ['uefi']],
    [
      'MBR with both',
      ['label: dos', root.replace('L', '83, size=8MiB'), 'type=ef'],
      true,
      ['uefi', 'bios'],
    ],
    ['MBR for data', ['label: dos', root], false, []],
  ] as const)('%s', (_, script, bootCode, firmware) => {
    expect(firmwareOfDisk(diskStart(`${script.join('\n')}\n`, bootCode))).toEqual(firmware);
  });

  test('an ESP that was deleted is none', () => {
    const start = diskStart(`label: gpt\n${esp}\n`, false);
    expect(firmwareOfDisk(start)).toEqual(['uefi']);
    start.fill(0, 1024, 1024 + 128);
    expect(firmwareOfDisk(start)).toEqual([]);
  });
});

test.each([
  ['no table', Buffer.alloc(TABLE_BYTES)],
  ['a file of a few bytes', Buffer.from('hello')],
  ['nothing', Buffer.alloc(0)],
])('%s says nothing', (_, start) => {
  expect(firmwareOfDisk(start)).toEqual([]);
});
