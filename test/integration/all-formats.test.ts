import { mkdir, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { attempt, run } from '../support/command.ts';
import { expectHealthy } from '../support/judge-machine.ts';
import { buildImage, type Image } from '../support/mkimage.ts';
import { firstReason, needsPrograms, needsRoot, project } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { tarToDisk } from '../support/test-disks.ts';
import { describeUnless } from '../support/test-unless.ts';
import { epoch } from '../support/web-image.ts';
import {
  bootMachine,
  MACHINE_TIMEOUT,
  needsMachines,
  type Machine,
} from '../support/virtual-machine.ts';

const FORMATS = ['raw', 'qcow2', 'vhdx', 'vhd', 'vmdk', 'ova', 'raw-zst', 'squashfs', 'kernel'];
const collections = path.join(project, 'test/fixtures/disk-root/collections');
const PROFILE = `description: Every format of one system
suite: bookworm
collections: [test-machine]
seed: integration test
disk:
  size: 2G
  firmware: [uefi, bios]
  table: gpt
  partitions:
    - {name: esp, size: 64M, content: {type: vfat, mount: /boot/efi}}
    - {name: root, size: rest, content: {type: ext4, mount: /}}
outputs: [${FORMATS.join(', ')}]
`;

const missing = firstReason(
  needsRoot,
  needsMachines(),
  needsPrograms('zstd', 'qemu-img', 'unsquashfs'),
);

describeUnless(missing, 'one build of all formats', () => {
  let scratch: string;
  let image: Image;
  const published = (name: string): string => path.join(image.directory, `every_${name}`);
  const disk = (ending: string): string => published(`disk.${ending}`);

  beforeAll(async () => {
    scratch = await makeScratch('formats');
    const profile = path.join(scratch, 'every.yml');
    await writeFile(profile, PROFILE);
    image = await buildImage(profile, path.join(scratch, 'obj'), {
      args: ['--collections', collections],
      env: { SOURCE_DATE_EPOCH: await epoch() },
    });
  }, MACHINE_TIMEOUT);
  afterAll(() => removeScratch(scratch));

  test('what is published has the checksums that are published with it', async () => {
    await run(['sha256sum', '--check', '--quiet', 'SHA256SUMS'], { cwd: image.directory });
    const sums = readFileSync(path.join(image.directory, 'SHA256SUMS'), 'utf8');
    for (const ending of ['raw', 'raw.zst', 'qcow2', 'vhdx', 'vhd', 'vmdk', 'ova'])
      expect(sums).toMatch(
        new RegExp(`  every_disk_[\\d_-]+\\.${ending.replace('.', '\\.')}$`, 'm'),
      );
  });

  test('stage two alone makes the same disk of the tarball and the layout beside it', async () => {
    const folder = path.join(scratch, 'alone');
    await mkdir(folder);
    const outcome = await tarToDisk(
      [
        ...['--plain', '--seed', 'integration test', '--name', 'every', '-O', folder],
        ...['-C', disk('yml'), '--format', 'raw,qcow2', image.rootfs],
      ],
      { env: { SOURCE_DATE_EPOCH: await epoch() } },
    );
    expect(outcome.stderr).not.toContain('failed');
    for (const ending of ['raw', 'qcow2'])
      await run(['cmp', disk(ending), path.join(folder, `every_disk.${ending}`)]);
  });

  test.each(['qcow2', 'vhdx', 'vhd', 'vmdk'])('%s has what the raw image has', async (ending) => {
    const format = ending === 'vhd' ? 'vpc' : ending;
    const compared = ['-f', 'raw', '-F', format, disk('raw'), disk(ending)];
    expect(await attempt(['qemu-img', 'compare', ...compared])).toMatchObject({ exitCode: 0 });
    if (format === 'vpc') return;
    await run(['qemu-img', 'check', '-f', format, disk(ending)]);
  });

  test('raw.zst has what the raw image has', async () => {
    const compare = 'zstd -dc < "$1" | cmp - "$2"';
    const outcome = await attempt(['sh', '-c', compare, 'sh', disk('raw.zst'), disk('raw')]);
    expect(outcome).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
  });

  test('the OVA holds what its manifest says, and the disk', async () => {
    const folder = path.join(scratch, 'ova');
    await mkdir(folder);
    await run(['tar', '-x', '-f', disk('ova'), '-C', folder]);
    const names = (await run(['tar', '-t', '-f', disk('ova')])).split('\n');
    expect(names.map((name) => path.extname(name))).toEqual(['.ovf', '.mf', '.vmdk']);
    const sums = readFileSync(path.join(folder, names[1] ?? ''), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [, file, sum] = /^SHA256\((.*)\)= ([0-9a-f]{64})$/.exec(line) ?? [];
        return `${sum ?? ''}  ${file ?? ''}\n`;
      });
    expect(sums).toHaveLength(2);
    await run(['sha256sum', '--check', '--quiet'], { cwd: folder, input: sums.join('') });
    const compared = ['-f', 'raw', '-F', 'vmdk', disk('raw'), path.join(folder, names[2] ?? '')];
    await run(['qemu-img', 'compare', ...compared]);
  });

  test('the squashfs holds the root file system', async () => {
    const read = ['unsquashfs', '-cat', published('rootfs.squashfs'), 'etc/debian_version'];
    expect(await run(read)).toMatch(/^12\./);
  });

  test('other outputs, and less than all', async () => {
    const profile = path.join(scratch, 'every.yml');
    const build = async (...args: string[]): Promise<string[]> => {
      const folder = path.join(scratch, args.join(''));
      await buildImage(profile, folder, { args: ['--collections', collections, ...args] });
      const names = (await run(['find', folder, '-type', 'l', '-printf', '%f\\n'])).split('\n');
      return names.sort();
    };
    expect(await build('--until', 'rootfs')).toEqual([
      'every_disk.yml',
      'every_manifest.json',
      'every_rootfs.tar.zst',
    ]);
    expect(await build('--output', 'tar')).toEqual([
      'every_disk.yml',
      'every_manifest.json',
      'every_rootfs.tar.zst',
    ]);
  });

  describe('boots', () => {
    let machine: Machine | undefined;
    afterEach(async () => {
      await machine?.stop();
      machine = undefined;
    });

    test.each([
      ['vhdx', 'uefi'],
      ['vmdk', 'bios'],
    ] as const)(
      'as %s, %s',
      async (ending, firmware) => {
        machine = await bootMachine({ firmware, disks: [disk(ending)] });
        await expectHealthy(machine, { '/': 'ext4', '/boot/efi': 'vfat' });
      },
      MACHINE_TIMEOUT,
    );
  });
});
