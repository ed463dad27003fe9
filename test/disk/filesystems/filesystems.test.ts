import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FileSystemPlan } from '../../../build-scripts/disk/filesystems/file-system.ts';
import {
  FILE_SYSTEMS,
  makeFileSystem,
  verifyFileSystem,
} from '../../../build-scripts/disk/filesystems/index.ts';
import { fileSpace } from '../../../build-scripts/disk/space/file-space.ts';
import type { Space } from '../../../build-scripts/disk/space/space.ts';
import type { ToolRunner } from '../../../build-scripts/disk/tool-runner.ts';
import { formatError } from '../../../build-scripts/host/errors.ts';
import { openSandbox, type Sandbox } from '../../../build-scripts/host/sandbox.ts';
import { makeScratch, removeScratch } from '../../support/scratch.ts';
import { describeUnless, testUnless } from '../../support/test-unless.ts';
import { needsDiskTools, needsToolsTree, openTools } from '../support/disk-tools.ts';

const MIB = 1024 ** 2;
const OFFSET = 3 * MIB;
const TYPES = ['vfat', 'ext4', 'btrfs', 'swap'] as const;
/** The host's mkfs.btrfs may be too old; then the others are tested still. */
const withoutBtrfs = needsDiskTools(['btrfs'], 'mkfs.btrfs');
const PURPOSES = TYPES.filter((type) => type !== 'btrfs' || withoutBtrfs === undefined);
const placed = { path: 'partitions[0].content', offset: 0, options: 'defaults' };
const uuid = '0b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f';

const PLANS: { readonly [T in FileSystemPlan['type']]: Extract<FileSystemPlan, { type: T }> } = {
  vfat: { ...placed, type: 'vfat', size: 64 * MIB, label: 'ESP', serial: '1A2B-3C4D' },
  ext4: { ...placed, type: 'ext4', size: 64 * MIB, label: 'data', uuid, hashSeed: uuid },
  btrfs: {
    ...placed,
    type: 'btrfs',
    size: 160 * MIB,
    label: 'root',
    uuid,
    deviceUuid: '1b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f',
    compress: 'zstd:1',
    subvolumes: [
      { name: '@rootfs', mount: '/', options: 'x', isDefault: true },
      { name: '@snapshots', mount: '/.snapshots', options: 'x', isDefault: false },
    ],
    snapper: false,
  },
  swap: { ...placed, type: 'swap', size: 16 * MIB, label: 'swap', uuid },
};

describeUnless(
  needsDiskTools(PURPOSES, 'mkfs.vfat', 'mcopy', 'mke2fs', 'mkswap', 'perl'),
  'file systems',
  () => {
    let folder: string;
    let box: Sandbox;
    let tools: ToolRunner;

    beforeAll(async () => {
      folder = await makeScratch('filesystems');
      box = await openSandbox({ workdir: folder, memory: false });
      tools = await openTools(box, PURPOSES, [folder]);
      // Like what splitRoot makes: for vfat plain files, for btrfs its subvolumes.
      const script = `
        mkdir -p "$1/plain/EFI/debian" "$1/rich/@rootfs/etc" "$1/rich/@snapshots"
        echo one >"$1/plain/EFI/debian/one"; echo two >"$1/plain/two"
        cd "$1/rich/@rootfs"
        echo hello >etc/hello; ln etc/hello etc/linked; ln -s /nowhere etc/symlink
        touch etc/owned; chown 1234:5678 etc/owned; chmod 4750 etc/owned
        head -c 3000000 /dev/urandom >etc/large
        find "$1" -exec touch -h -d @1600000000 {} +`;
      await box.run(['sh', '-euc', script, 'sh', box.tree]);
    }, 60_000);

    afterAll(async () => {
      await box.close();
      await removeScratch(folder);
    }, 60_000);

    const contentOf = (type: FileSystemPlan['type']): string | undefined =>
      ({
        vfat: path.join(box.tree, 'plain'),
        ext4: path.join(box.tree, 'rich', '@rootfs'),
        btrfs: path.join(box.tree, 'rich'),
        swap: undefined,
      })[type];

    /** Makes it in a part of a file, which also has other bytes around. */
    async function make(
      node: FileSystemPlan,
      name: string,
      options: { encrypted?: boolean; directory?: string } = {},
    ): Promise<{ file: string; writes: number }> {
      const file = path.join(folder, name);
      const handle = await open(file, 'w+');
      let writes = 0;
      try {
        await handle.truncate(OFFSET + node.size + MIB);
        await handle.write('before', OFFSET - 6);
        await handle.write('after', OFFSET + node.size);
        const inFile = fileSpace({ handle, path: file, offset: OFFSET, size: node.size });
        // What a space below LUKS looks like: no tool can write to it.
        const opaque: Space = {
          size: node.size,
          write: (offset, data) => {
            writes += 1;
            return inFile.write(offset, data);
          },
        };
        const space = options.encrypted === true ? opaque : inFile;
        const directory = options.directory ?? contentOf(node.type);
        await makeFileSystem({ node, directory, space, tools, scratch: box.stage });
        const around = Buffer.alloc(11);
        await handle.read(around, 0, 6, OFFSET - 6);
        await handle.read(around, 6, 5, OFFSET + node.size);
        expect(around.toString()).toBe('beforeafter');
      } finally {
        await handle.close();
      }
      return { file, writes };
    }

    const digest = async (file: string): Promise<string> =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
    const verify = (node: FileSystemPlan, file: string): Promise<string> =>
      verifyFileSystem(node, {
        tools,
        scratch: box.stage,
        path: file,
        offset: OFFSET,
        size: node.size,
      });

    for (const type of TYPES) {
      testUnless(
        type === 'btrfs' ? withoutBtrfs : undefined,
        `${type}: sound in place and through a space, the same bits each time, damage is found`,
        () => expectSound(type),
        60_000,
      );
    }

    async function expectSound(type: FileSystemPlan['type']): Promise<void> {
      const node = PLANS[type];
      const { file } = await make(node, `${type}-1.img`);
      expect(await verify(node, file)).toBe(FILE_SYSTEMS[type].check);
      const blkid = await tools.run(['blkid', '-p', '-O', String(OFFSET), '-o', 'export', file]);
      expect(blkid.stdout).toContain(`\nLABEL=${node.label ?? ''}\n`);
      expect(blkid.stdout).toContain(`\nUUID=${'serial' in node ? node.serial : node.uuid}\n`);

      const through = await make(node, `${type}-2.img`, { encrypted: true });
      expect(through.writes).toBeGreaterThan(0);
      expect(await verify(node, through.file)).toBe(FILE_SYSTEMS[type].check);

      // Also when some time has passed and the files lie on the disk in another order.
      await box.run(['cp', '-a', '--', box.tree, path.join(folder, `copy-${type}`)]);
      const copied = contentOf(type)?.replace(box.tree, path.join(folder, `copy-${type}`));
      const again = await make(
        node,
        `${type}-3.img`,
        copied === undefined ? {} : { directory: copied },
      );
      // The host's tools may be older than those that can do this.
      const files = tools.kind === 'host' ? [file, file] : [file, again.file];
      const [first, second] = await Promise.all(files.map(digest));
      expect(second).toBe(first);

      const handle = await open(file, 'r+');
      await handle.write(Buffer.alloc(128 * 1024, 0x55), 0, 128 * 1024, OFFSET);
      await handle.close();
      await expect(verify(node, file)).rejects.toThrow('failed: exit code');
    }

    test('vfat holds the files', async () => {
      const { file } = await make(PLANS.vfat, 'vfat.img');
      const { stdout } = await tools.run(['mdir', '-b', '-/', '-i', `${file}@@${OFFSET}`, '::/']);
      expect(stdout.trim().split('\n')).toEqual([
        '::/EFI/',
        '::/two',
        '::/EFI/debian/',
        '::/EFI/debian/one',
      ]);
      const one = await tools.run(['mtype', '-i', `${file}@@${OFFSET}`, '::/EFI/debian/one']);
      expect(one.stdout).toBe('one\n');
    });

    test('ext4 holds files with their owners, modes, links and times', async () => {
      const { file } = await make(PLANS.ext4, 'ext4.img');
      const ask = async (...requests: string[]): Promise<string> =>
        (await tools.run(['debugfs', '-R', requests.join(' '), `${file}?offset=${OFFSET}`])).stdout;
      const owned = await ask('stat', '/etc/owned');
      expect(owned).toMatch(/Mode:\s+04750/);
      expect(owned).toMatch(/User:\s+1234\s+Group:\s+5678/);
      expect(owned).toContain(`mtime: 0x${(1_600_000_000).toString(16)}`);
      expect(await ask('stat', '/etc/symlink')).toContain('Fast link dest: "/nowhere"');
      expect(await ask('stat', '/etc/linked')).toMatch(/Links: 2/);
    });

    for (const type of ['ext4', 'btrfs', 'vfat'] as const) {
      testUnless(
        type === 'btrfs' ? withoutBtrfs : undefined,
        `${type}: content that does not fit`,
        () => expectRefusal(type),
        60_000,
      );
    }

    async function expectRefusal(type: 'ext4' | 'btrfs' | 'vfat'): Promise<void> {
      const node = {
        ...PLANS[type],
        at: { file: 'disk.yml', line: 7, column: 3, length: 1, text: '' },
      };
      const directory = path.join(box.tree, `full-${type}`);
      await box.run(['mkdir', '-p', `${directory}/@rootfs`, `${directory}/@snapshots`]);
      await box.run([
        'sh',
        '-c',
        `head -c ${200 * MIB} /dev/urandom >"$1/@rootfs/big"`,
        'sh',
        directory,
      ]);
      const failure = await make(node, `full-${type}.img`, { directory }).then(
        () => 'no failure',
        (error: unknown) => formatError(error).split('\n'),
      );
      expect(failure[0]).toBe(
        `disk.yml:7: partitions[0].content: the content does not fit into its ${type} of ${node.size / MIB} MiB`,
      );
      expect(failure.at(-1)).toBe('  hint: give it a larger size');
    }

    testUnless(
      needsToolsTree,
      'btrfs: content that only fits because it is compressed',
      async () => {
        const directory = path.join(box.tree, 'compressible');
        const script = `mkdir -p "$1/@rootfs" "$1/@snapshots"
          yes 'the same line over and over' | head -c ${300 * MIB} >"$1/@rootfs/big"`;
        await box.run(['sh', '-euc', script, 'sh', directory]);
        const { file } = await make(PLANS.btrfs, 'compressible.img', { directory });
        expect(await verify(PLANS.btrfs, file)).toBe('btrfs check');
      },
      60_000,
    );

    test('vfat refuses what it cannot hold, and never reads through a symlink', async () => {
      const directory = path.join(box.tree, 'odd');
      await box.run(['mkdir', '-p', `${directory}/EFI`]);
      await box.run(['ln', '-s', '/etc/passwd', `${directory}/EFI/passwd`]);
      const node = { ...PLANS.vfat, mount: '/boot/efi' };
      await expect(make(node, 'odd.img', { directory })).rejects.toThrow(
        'partitions[0].content: /boot/efi/EFI/passwd is neither a file nor a directory, which vfat cannot hold',
      );
    });
  },
);
