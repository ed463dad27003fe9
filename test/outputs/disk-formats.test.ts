import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, openSync, closeSync, ftruncateSync, writeSync, readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { openBuildLog } from '../../build-scripts/host/build-log.ts';
import { hashFile } from '../../build-scripts/host/hash-file.ts';
import { runCommand } from '../../build-scripts/host/process.ts';
import { produceOutputs } from '../../build-scripts/outputs/index.ts';
import { crc32c } from '../../build-scripts/outputs/crc32c.ts';
import { blockMap, blockRanges } from '../../build-scripts/outputs/bmap.ts';
import type { Artifact, ImageFacts, OutputContext } from '../../build-scripts/outputs/output.ts';
import { qcow2 } from '../../build-scripts/outputs/qcow2.ts';
import { vhd } from '../../build-scripts/outputs/vhd.ts';
import { vhdx } from '../../build-scripts/outputs/vhdx.ts';
import { ovfDescriptor } from '../../build-scripts/outputs/ovf.ts';
import { extentsOf } from '../../build-scripts/host/content-hash.ts';
import { needsPrograms } from '../support/needs.ts';
import { temporaryFolder } from '../support/project.ts';
import { describeUnless } from '../support/test-unless.ts';

const MIB = 1024 ** 2;
const IMAGE: ImageFacts = {
  name: 'web',
  description: 'A <small> "web" & mail server',
  suite: 'bookworm',
  version: '12',
  arch: 'amd64',
  firmware: ['uefi', 'bios'],
  secureBoot: true,
};

test.each([
  [true, 'pre-enrolled-keys=1'],
  [false, 'pre-enrolled-keys=0'],
])('Proxmox VE enforces Secure Boot: %s', (secureBoot, expected) => {
  const image: ImageFacts = { ...IMAGE, firmware: ['uefi'], secureBoot };
  const [proxmox] = qcow2.howToUse(image, new Map([['disk.qcow2', 'web_disk.qcow2']]));
  expect(proxmox?.commands.join('\n')).toContain(`efitype=4m,${expected} `);
});

test.each([
  [['uefi'], true, ['-Generation 2 ', 'SecureBootTemplate'], 'V2'],
  [['uefi'], false, ['-Generation 2 ', 'EnableSecureBoot Off'], 'V2'],
  [['bios'], false, ['-Generation 1 '], 'V1'],
  [['uefi', 'bios'], true, ['-Generation 2 ', 'SecureBootTemplate'], 'V1'],
] as const)('Microsoft starts %j, Secure Boot %s', (firmware, secureBoot, hyperV, azure) => {
  const image: ImageFacts = { ...IMAGE, firmware, secureBoot };
  const typed = (format: typeof vhd): string =>
    format.howToUse(image, new Map())[0]?.commands.join('\n') ?? '';
  for (const text of hyperV) expect(typed(vhdx)).toContain(text);
  expect(typed(vhdx).includes('Set-VMFirmware')).toBe(firmware[0] === 'uefi');
  expect(typed(vhd)).toContain(`--hyper-v-generation ${azure}`);
});

/** A sparse disk of 8 MiB with some noise in two places. */
function makeDisk(file: string): void {
  const handle = openSync(file, 'w');
  ftruncateSync(handle, 8 * MIB);
  writeSync(handle, randomBytes(100_000), 0, 100_000, 0);
  writeSync(handle, randomBytes(70_000), 0, 70_000, 5 * MIB);
  closeSync(handle);
}

function contextFor(disk: string, image = IMAGE): OutputContext {
  const directory = path.join(temporaryFolder(), 'out');
  mkdirSync(directory);
  return {
    image,
    log: openBuildLog(path.join(directory, 'build.log')),
    rootfs: { name: 'rootfs', extension: '.tar.zst', path: '', bytes: 0, sha256: '' },
    disk: { path: disk, bytes: 8 * MIB },
    boot: undefined,
    tools: {
      kind: 'host',
      run: (argv, { sameBits: _, ...options } = {}) => runCommand(argv, options),
      versions: () => Promise.resolve(new Map()),
    },
    directory,
    epoch: 1_795_129_200,
    seed: 'ab'.repeat(32),
    onDetail: () => undefined,
  };
}

const filesOf = async (...given: Parameters<typeof produceOutputs>): Promise<Artifact[]> =>
  [...(await produceOutputs(...given)).values()].flat();

describeUnless(needsPrograms('qemu-img', 'perl', 'tar', 'zstd'), 'formats of a disk', () => {
  let disk: string;
  let made: readonly Artifact[];
  const names = ['qcow2', 'vhdx', 'vhd', 'vmdk', 'ova', 'raw-zst', 'raw'];
  const file = (extension: string): string =>
    made.find((artifact) => artifact.extension === extension)?.path ?? `no ${extension}`;

  beforeAll(async () => {
    disk = path.join(temporaryFolder(), 'disk.raw');
    makeDisk(disk);
    made = await filesOf(names, contextFor(disk));
  });

  test('come in the order in which they were asked for, with their size and checksum', async () => {
    expect(made.map(({ name, extension }) => `${name}${extension}`)).toEqual([
      ...['disk.qcow2', 'disk.vhdx', 'disk.vhd', 'disk.vmdk', 'disk.ova'],
      ...['disk.raw.zst', 'disk.raw.bmap', 'disk.raw'],
    ]);
    for (const artifact of made) expect(artifact).toMatchObject(await hashFile(artifact.path));
  });

  test.each([
    ['.qcow2', 'qcow2'],
    ['.vhdx', 'vhdx'],
    ['.vhd', 'vpc'],
    ['.vmdk', 'vmdk'],
  ])('%s holds the same disk, and is sound', (extension, format) => {
    const compared = execFileSync(
      'qemu-img',
      ['compare', '-f', 'raw', '-F', format, disk, file(extension)],
      { encoding: 'utf8' },
    );
    expect(compared).toContain('Images are identical');
    if (format === 'vpc') return;
    expect(() => execFileSync('qemu-img', ['check', '-f', format, file(extension)])).not.toThrow();
  });

  test('a vhd is as large as the disk, and a footer', () => {
    expect(readFileSync(file('.vhd')).length).toBe(8 * MIB + 512);
  });

  test('are the same for the same disk and seed', async () => {
    const again = await filesOf(names, contextFor(disk));
    expect(again.map(({ extension, sha256 }) => [extension, sha256])).toEqual(
      made.map(({ extension, sha256 }) => [extension, sha256]),
    );
    const other = { ...contextFor(disk), seed: 'cd'.repeat(32) };
    for (const { extension, sha256 } of await filesOf(['vhdx', 'vhd', 'vmdk'], other))
      expect(sha256).not.toBe(made.find((artifact) => artifact.extension === extension)?.sha256);
  });

  test('an OVA takes the vmdk of an earlier build, which nobody writes to meanwhile', async () => {
    const context = contextFor(disk);
    const vmdk = made.find(({ extension }) => extension === '.vmdk');
    if (vmdk === undefined) throw new Error('no vmdk');
    const kept = { ...vmdk, path: path.join(context.directory, 'disk.vmdk') };
    const commands: string[] = [];
    const run = context.tools?.run.bind(context.tools);
    const tools = {
      ...context.tools,
      run: (...given: Parameters<NonNullable<typeof run>>) => {
        commands.push(given[0].join(' '));
        return run?.(...given);
      },
    } as NonNullable<OutputContext['tools']>;
    const take = async ({ name }: { name: string }): Promise<Artifact[] | undefined> => {
      if (name !== 'vmdk') return undefined;
      await copyFile(vmdk.path, kept.path);
      return [kept];
    };
    const files = await filesOf(['ova', 'vmdk'], { ...context, tools }, take);
    expect(files.map(({ sha256 }) => sha256)).toEqual([
      made.find(({ extension }) => extension === '.ova')?.sha256,
      vmdk.sha256,
    ]);
    expect(commands).toEqual([]);
  });

  test('the OVA begins with the descriptor, and its manifest is right', () => {
    const list = execFileSync('tar', ['--utc', '--full-time', '-tvf', file('.ova')], {
      encoding: 'utf8',
    });
    const lines = list.trim().split('\n');
    expect(lines.map((line) => line.split(/ +/).at(-1))).toEqual([
      'web.ovf',
      'web.mf',
      'web-disk1.vmdk',
    ]);
    for (const line of lines) expect(line).toMatch(/^-rw-r--r-- 0\/0 .* 2026-11-19 23:00:00 /);
    // POSIX.1-1988, without extensions.
    expect(readFileSync(file('.ova')).toString('latin1', 257, 265)).toBe('ustar\x0000');
    const folder = temporaryFolder();
    execFileSync('tar', ['-x', '-C', folder, '-f', file('.ova')]);
    const sums = readFileSync(path.join(folder, 'web.mf'), 'utf8').replace(
      /SHA256\((.*)\)= (.*)/g,
      '$2  $1',
    );
    const check = { cwd: folder, input: sums, encoding: 'utf8' } as const;
    expect(execFileSync('sha256sum', ['--check'], check)).toBe('web.ovf: OK\nweb-disk1.vmdk: OK\n');
  });

  test('raw-zst is the disk', () => {
    const raw = execFileSync('sh', ['-c', 'zstd -dc < "$1"', 'sh', file('.raw.zst')], {
      maxBuffer: 16 * MIB,
    });
    expect(raw.equals(readFileSync(disk))).toBe(true);
  });

  test('the block map has the ranges with data, their checksums and its own', async () => {
    const map = readFileSync(file('.raw.bmap'), 'utf8');
    expect(map).toBe(await blockMap(disk, 8 * MIB, await extentsOf(disk)));
    const own = /<BmapFileChecksum> ([0-9a-f]{64}) </.exec(map)?.[1] ?? '';
    const zeroed = map.replace(own, '0'.repeat(64));
    expect(sha256(Buffer.from(zeroed))).toBe(own);
    const content = readFileSync(disk);
    const ranges = [...map.matchAll(/<Range chksum="([0-9a-f]{64})"> (\d+)(?:-(\d+))? </g)];
    expect(ranges.map(([, , first]) => Number(first))).toEqual([0, (5 * MIB) / 4096]);
    for (const [, checksum, first, last = first] of ranges)
      expect(sha256(content.subarray(Number(first) * 4096, (Number(last) + 1) * 4096))).toBe(
        checksum,
      );
  });
});

const sha256 = (data: Buffer): string =>
  execFileSync('sha256sum', { input: data, encoding: 'utf8' }).slice(0, 64);

describe('the descriptor of a virtual machine', () => {
  const text = ovfDescriptor(IMAGE, { file: 'web-disk1.vmdk', bytes: 123, capacity: 8 * MIB });
  const attribute = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];

  test('its references lead to something', () => {
    expect(attribute(/<Disk [^>]*ovf:fileRef="([^"]+)"/)).toBe(
      attribute(/<File [^>]*ovf:id="([^"]+)"/),
    );
    expect(attribute(/<rasd:HostResource>ovf:\/disk\/([^<]+)</)).toBe(
      attribute(/<Disk [^>]*ovf:diskId="([^"]+)"/),
    );
    expect(attribute(/<rasd:Connection>([^<]+)</)).toBe(attribute(/<Network ovf:name="([^"]+)"/));
    const items = [...text.matchAll(/<Item>.*?<\/Item>/gs)].map(([item]) => item);
    const ids = items.map((item) => /<rasd:InstanceID>(\d+)</.exec(item)?.[1]);
    expect(new Set(ids).size).toBe(items.length);
    expect(ids).toContain(attribute(/<rasd:Parent>(\d+)</));
  });

  test('elements of an item are in the order of the schema, which is that of the alphabet', () => {
    for (const [item] of text.matchAll(/<Item>.*?<\/Item>/gs)) {
      const elements = [...item.matchAll(/<rasd:(\w+)>/g)].map(([, name]) => name);
      expect(elements).toEqual([...elements].sort());
    }
  });

  test('text is escaped, sizes are those of the files', () => {
    expect(text).toContain('<Info>A &lt;small&gt; &quot;web&quot; &amp; mail server</Info>');
    expect(text).toContain(`ovf:capacity="${8 * MIB}" ovf:capacityAllocationUnits="byte"`);
    expect(text).toContain('ovf:size="123"');
  });

  test.each([
    [['uefi', 'bios'], 'efi'],
    [['bios'], 'bios'],
  ] as const)('firmware %j is %s', (firmware, wanted) => {
    const disk = { file: 'x', bytes: 1, capacity: 1 };
    expect(ovfDescriptor({ ...IMAGE, firmware }, disk)).toContain(
      `vmw:key="firmware" vmw:value="${wanted}"`,
    );
  });
});

test('block ranges are whole blocks, and neighbours are one', () => {
  expect(
    blockRanges([
      { start: 100, length: 10 },
      { start: 4096, length: 1 },
      { start: 5 * 4096 - 1, length: 2 },
      { start: 9 * 4096, length: 0 },
    ]),
  ).toEqual([
    { first: 0, last: 1 },
    { first: 4, last: 5 },
  ]);
});

test('CRC-32C of the example in RFC 3720, B.4', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
});
