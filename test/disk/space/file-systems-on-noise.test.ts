import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { copyExtents } from '../../../build-scripts/disk/space/copy-extents.ts';
import { dataExtents } from '../../../build-scripts/host/data-extents.ts';
import { luksSpace } from '../../../build-scripts/disk/space/luks-space.ts';
import { withSystemFolders } from '../../../build-scripts/host/find-program.ts';
import { runCommand } from '../../../build-scripts/host/process.ts';
import { run } from '../../support/command.ts';
import { needsPrograms } from '../../support/needs.ts';
import { makeScratch, removeScratch } from '../../support/scratch.ts';
import { testUnless } from '../../support/test-unless.ts';
import { decryptXts } from './decrypt.ts';
import { withImage } from './image.ts';

const MIB = 1024 ** 2;
const env = { PATH: withSystemFolders(), LC_ALL: 'C' };
const uuid = '0f4a3c1e-6c1b-4f0d-8a55-3d0b1f1c7a10';
/** More than is copied at once. */
const zeros = Buffer.alloc(3 * MIB);
const text = 'neither hole nor zeros\n';

jest.setTimeout(60_000);

let scratch: string;
let tree: string;
beforeAll(async () => {
  scratch = await makeScratch('noise');
  tree = path.join(scratch, 'tree');
  await mkdir(path.join(tree, 'etc'), { recursive: true });
  await writeFile(path.join(tree, 'etc/text'), text);
  await writeFile(path.join(tree, 'zeros'), zeros);
  for (let index = 0; index < 300; index += 1) {
    await writeFile(path.join(tree, `file-${index}`), randomBytes(index * 50));
  }
});
afterAll(() => removeScratch(scratch));

/**
 * Has a file system made in a sparse file, copies it into a LUKS container, and opens that.
 * @returns the opened container, in which everything that is a hole in the file is noise
 */
async function throughLuks(name: string, size: number, make: (file: string) => Promise<unknown>) {
  const [source, image, opened] = ['source', 'image', 'opened'].map((kind) =>
    path.join(scratch, `${name}-${kind}`),
  ) as [string, string, string];
  const handle = await open(source, 'w');
  await handle.truncate(size);
  await handle.close();
  await make(source);
  const key = randomBytes(64);
  const extents = await dataExtents(runCommand, source);
  await withImage(image, size, async (payload) => {
    const space = luksSpace(payload, { key, sectorSize: 4096 });
    await copyExtents(source, extents, space);
    await space.finish?.();
  });
  await writeFile(opened, decryptXts(key, 4096, await readFile(image)));
  return opened;
}

describe('a file system in a LUKS container relies on no hole:', () => {
  testUnless(needsPrograms('perl', 'mke2fs', 'e2fsck', 'debugfs'), 'ext4', async () => {
    const opened = await throughLuks('ext4', 64 * MIB, (file) => {
      const options = `nodiscard,lazy_itable_init=1,hash_seed=${uuid}`;
      return run(['mke2fs', '-q', '-t', 'ext4', '-E', options, '-U', uuid, '-d', tree, file], {
        env,
      });
    });
    expect(await run(['e2fsck', '-fn', opened], { env })).toMatch(/: 31\d\/\d+ files /);
    expect(await run(['debugfs', '-R', 'cat /etc/text', opened], { env })).toBe(text.trimEnd());
    const dumped = path.join(scratch, 'dumped');
    await run(['debugfs', '-R', `dump /zeros ${dumped}`, opened], { env });
    expect((await readFile(dumped)).equals(zeros)).toBe(true);
  });

  testUnless(needsPrograms('perl', 'mkfs.btrfs', 'btrfs'), 'btrfs', async () => {
    const opened = await throughLuks('btrfs', 128 * MIB, (file) =>
      run(['mkfs.btrfs', '-q', '-K', '-U', uuid, '--rootdir', tree, file], { env }),
    );
    const { stderr, stdout } = await runCommand(['btrfs', 'check', '--check-data-csum', opened], {
      env,
    });
    expect(stdout).toContain('no error found');
    expect(stderr).not.toMatch(/error|mismatch|corrupt/i);
    const restored = path.join(scratch, 'restored');
    await mkdir(restored);
    await run(['btrfs', 'restore', opened, restored], { env });
    expect(await readFile(path.join(restored, 'etc/text'), 'utf8')).toBe(text);
    expect((await readFile(path.join(restored, 'zeros'))).equals(zeros)).toBe(true);
  });

  testUnless(needsPrograms('perl', 'mkswap', 'swaplabel'), 'swap', async () => {
    const opened = await throughLuks('swap', 16 * MIB, (file) =>
      run(['mkswap', '--label', 'noise', '--uuid', uuid, file], { env }),
    );
    expect(await run(['swaplabel', opened], { env })).toBe(`LABEL: noise\nUUID:  ${uuid}`);
  });
});
