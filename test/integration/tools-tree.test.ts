import { readdir, truncate } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ToolRunner } from '../../build-scripts/disk/tool-runner.ts';
import { openToolsTree } from '../../build-scripts/disk/tools-tree.ts';
import { formatError } from '../../build-scripts/host/errors.ts';
import { checkSandboxHost } from '../../build-scripts/host/sandbox-host.ts';
import { openSandbox, type Sandbox } from '../../build-scripts/host/sandbox.ts';
import { firstReason, needsPrograms } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { describeUnless } from '../support/test-unless.ts';

describeUnless(
  firstReason(checkSandboxHost()[0]?.problem, needsPrograms('mmdebstrap')),
  'the tree of disk tools',
  () => {
    let folder: string;
    let cache: string;

    beforeAll(async () => {
      folder = await makeScratch('tools');
      cache = path.join(folder, 'obj', 'tools');
    });
    afterAll(async () => {
      await removeScratch(folder);
    });

    /** Opens the tools in a sandbox of their own. */
    async function withTools<T>(
      work: (tools: ToolRunner, details: readonly string[], box: Sandbox) => Promise<T>,
      shared: readonly string[] = [folder],
    ): Promise<T> {
      const box = await openSandbox();
      try {
        const details: string[] = [];
        const tools = await openToolsTree({
          sandbox: box,
          cache,
          shared,
          epoch: () => 1_700_000_000,
          onDetail: (text) => details.push(text),
        });
        return await work(tools, details, box);
      } finally {
        await box.close();
      }
    }

    test('is made once, with all tools in it', async () => {
      await withTools(async (tools, details) => {
        expect(details).toEqual(['making the tree of disk tools (once)']);
        const programs = [
          ...[
            'mkfs.vfat',
            'fsck.vfat',
            'mcopy',
            'mmd',
            'mke2fs',
            'e2fsck',
            'debugfs',
            'mkfs.btrfs',
          ],
          ...['btrfs', 'mkswap', 'swaplabel', 'sfdisk', 'mdadm', 'cryptsetup', 'pvck', 'blkid'],
          ...['perl', 'tar', 'find'],
        ];
        const found = await tools.run(['which', ...programs]);
        expect(found.stdout.trim().split('\n')).toHaveLength(programs.length);
        expect((await tools.versions()).get('btrfs-progs')).toMatch(/^6\.14/);
        const clock = ['perl', '-e', 'print time'];
        expect((await tools.run(clock, { sameBits: 'seed' })).stdout).toBe('1700000000');
        expect((await tools.run(clock)).stdout).not.toBe('1700000000');
      });
      expect(await readdir(cache)).toEqual([expect.stringMatching(/^trixie-.*\.tar\.zst$/)]);
    }, 300_000);

    test('is used again', async () => {
      await withTools(async (tools, details) => {
        expect(details).toEqual([]);
        expect(tools.kind).toBe('tree');
        await tools.run(['mkfs.btrfs', '--version']);
      });
    }, 60_000);

    test.each(['/', '/usr', '/etc', 'relative', '/usr/lib/'])(
      'never in place of %s',
      async (shared) => {
        await expect(withTools(() => Promise.resolve(), [shared])).rejects.toThrow(
          `the disk tools cannot work in ${shared}`,
        );
      },
    );

    test('a damaged one is not used: the first tool says so', async () => {
      const [name = ''] = await readdir(cache);
      await truncate(path.join(cache, name), 100_000);
      const failure = await withTools((tools) => tools.run(['true'])).then(
        () => 'no failure',
        (error: unknown) => formatError(error),
      );
      expect(failure).toContain('the cached disk tools cannot be unpacked');
      expect(failure).toContain(`hint: remove ${path.join(cache, name)}`);
    }, 60_000);
  },
);
