import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FileSystemPlan } from '../../../build-scripts/disk/filesystems/file-system.ts';
import { planStaging, splitRoot } from '../../../build-scripts/disk/filesystems/split-root.ts';
import { nodesOf } from '../../../build-scripts/disk/plan/index.ts';
import { checkSandboxHost } from '../../../build-scripts/host/sandbox-host.ts';
import { openSandbox, type Sandbox } from '../../../build-scripts/host/sandbox.ts';
import { describeUnless } from '../../support/test-unless.ts';
import { planOf, STACK } from '../support/disk-plans.ts';

const EPOCH = 1_700_000_000;
const fileSystems = nodesOf(planOf(STACK)).filter((node): node is FileSystemPlan =>
  ['vfat', 'ext4', 'btrfs', 'swap'].includes(node.type),
);

describe('what goes where', () => {
  test('deepest first, subvolumes side by side', () => {
    const { moves, directories } = planStaging(fileSystems);
    expect(moves.map(({ mount, target, mode }) => [mount, target, mode])).toEqual([
      ['/boot/efi', 'fs0', '755'],
      ['/var/log', 'fs4', '755'],
      ['/boot', 'fs1', '755'],
      ['/home', 'fs2/@home', '755'],
      ['/.snapshots', 'fs2/@snapshots', '750'],
      ['/', 'fs2/@rootfs', '755'],
    ]);
    expect([...directories].map(([node, directory]) => [node.type, directory])).toEqual([
      ['vfat', 'fs0'],
      ['ext4', 'fs1'],
      ['btrfs', 'fs2'],
      ['ext4', 'fs4'],
    ]);
  });
});

describeUnless(checkSandboxHost()[0]?.problem, 'taking a root apart', () => {
  let box: Sandbox;
  let count = 0;

  beforeAll(async () => {
    box = await openSandbox({ memory: false });
  });
  afterAll(async () => {
    await box.close();
  }, 60_000);

  const shell = async (script: string, ...args: string[]): Promise<string> =>
    (await box.run(['sh', '-euc', script, 'sh', ...args])).stdout;

  /** Runs a script in a new root, then takes it apart. @returns the folder of the staged trees */
  async function split(script: string): Promise<string> {
    count += 1;
    const root = path.join(box.tree, `root${count}`);
    const staged = path.join(box.tree, `staged${count}`);
    await box.run(['mkdir', root]);
    await shell(`cd "$1"; ${script}`, root);
    await splitRoot({ root, nodes: fileSystems, staged, sandbox: box, epoch: EPOCH });
    return staged;
  }

  test('everything arrives once, and mount points stay behind with owner, mode and time', async () => {
    const staged = await split(`
      mkdir -p etc boot/efi/EFI boot/grub var/log/apt home
      echo kernel >boot/vmlinuz; echo old >etc/old; echo log >var/log/apt/log
      chown 7:8 var/log; chmod 2750 var/log
      find . -exec touch -d @1600000000 {} +
      touch etc/new`);
    const list = await shell('cd "$1"; find . -printf "%P %y %m %U:%G %T@\\n" | sort', staged);
    const row = (name: string, rest: string): string => `${name} ${rest}`;
    const old = '1600000000.0000000000';
    const changed = `${EPOCH}.0000000000`;
    expect(list.trimEnd().split('\n').slice(1)).toEqual([
      row('fs0', `d 755 0:0 ${old}`),
      row('fs0/EFI', `d 755 0:0 ${old}`),
      row('fs1', `d 755 0:0 ${old}`),
      row('fs1/efi', `d 755 0:0 ${old}`),
      row('fs1/grub', `d 755 0:0 ${old}`),
      row('fs1/vmlinuz', `f 644 0:0 ${old}`),
      row('fs2', `d 755 0:0 ${changed}`),
      row('fs2/@home', `d 755 0:0 ${old}`),
      row('fs2/@rootfs', `d 755 0:0 ${old}`),
      row('fs2/@rootfs/.snapshots', `d 750 0:0 ${old}`),
      row('fs2/@rootfs/boot', `d 755 0:0 ${old}`),
      row('fs2/@rootfs/etc', `d 755 0:0 ${changed}`),
      row('fs2/@rootfs/etc/new', `f 644 0:0 ${changed}`),
      row('fs2/@rootfs/etc/old', `f 644 0:0 ${old}`),
      row('fs2/@rootfs/home', `d 755 0:0 ${old}`),
      row('fs2/@rootfs/var', `d 755 0:0 ${old}`),
      row('fs2/@rootfs/var/log', `d 2750 7:8 ${old}`),
      row('fs2/@snapshots', `d 750 0:0 ${old}`),
      row('fs4', `d 2750 7:8 ${old}`),
      row('fs4/apt', `d 755 0:0 ${old}`),
      row('fs4/apt/log', `f 644 0:0 ${old}`),
    ]);
  });

  test.each([
    ['/boot', 'ln -s "$OUT" boot', '/boot/efi', 'partitions[0].content: /boot'],
    [
      '/boot/efi',
      'mkdir boot; ln -s "$OUT" boot/efi',
      '/boot/efi',
      'partitions[0].content: /boot/efi',
    ],
    ['/boot', 'echo >boot', '/boot/efi', 'partitions[0].content: /boot'],
    ['/var', 'ln -s "$OUT" var', '/var/log', 'content.volumes[2].content: /var'],
    ['/.snapshots', 'ln -s "$OUT" .snapshots', '/.snapshots', 'volumes[0].content: /.snapshots'],
  ])(
    '%s made by "%s" is refused, and nothing outside is touched',
    async (_, script, mount, said) => {
      const outside = path.join(box.tree, `outside${count}`);
      await shell('mkdir -p "$1/efi" "$1/log"; echo safe >"$1/file"', outside);
      await expect(split(`OUT=${outside}; ${script}`)).rejects.toThrow(
        `${said} is not a directory in the root file system, so that nothing can be mounted on ${mount}`,
      );
      expect(await shell('cd "$1"; find . | sort; cat file', outside)).toBe(
        '.\n./efi\n./file\n./log\nsafe\n',
      );
    },
  );
});
