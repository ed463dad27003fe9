import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inspectRoot } from '../../build-scripts/disk/configure/inspect-root.ts';
import { imageRoot, type ImageRoot } from '../../build-scripts/disk/image-root.ts';
import { formatError } from '../../build-scripts/host/errors.ts';
import { checkSandboxHost } from '../../build-scripts/host/sandbox-host.ts';
import { openSandbox, type Sandbox } from '../../build-scripts/host/sandbox.ts';
import { describeUnless } from '../support/test-unless.ts';

/** A root with the host's programs, and a folder outside that nothing may reach. */
const MAKE_ROOT = `
  mkdir -p "$1/usr" "$1/etc" "$1/boot" "$1/var" "$1/tmp" "$2"
  echo safe >"$2/file"
  mount --bind /usr "$1/usr"
  for link in bin sbin lib lib64; do ln -s "usr/$link" "$1/$link"; done
  cd "$1"; eval "$3"`;

describeUnless(checkSandboxHost()[0]?.problem, 'files of the image', () => {
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

  async function make(script = ''): Promise<{ root: ImageRoot; outside: string }> {
    count += 1;
    const directory = path.join(box.tree, `root${count}`);
    const outside = path.join(box.tree, `outside${count}`);
    await shell(MAKE_ROOT, directory, outside, script);
    return { root: imageRoot({ sandbox: box, root: directory, epoch: 1 }), outside };
  }

  const untouched = async (outside: string): Promise<void> => {
    expect(await shell('cd "$1"; find . -mindepth 1; cat file', outside)).toBe('./file\nsafe\n');
  };

  test('are written with their folders, and read back byte for byte', async () => {
    const { root } = await make();
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) & 0xff));
    await root.write('/etc/some/where/file', bytes, '640');
    expect(await root.read('/etc/some/where/file')).toEqual(bytes);
    expect(await shell('stat -c "%a %u:%g" "$1/etc/some/where/file"', root.path)).toBe('640 0:0\n');
    await root.write('/etc/some/where/file', 'shorter');
    expect((await root.read('/etc/some/where/file')).toString()).toBe('shorter');
  });

  test.each([
    ['a symlink to an absolute path', 'ln -s "$2/file" etc/fstab'],
    [
      'a symlink that climbs out',
      'ln -s ../../outside$(basename "$1" | tr -dc 0-9)/file etc/fstab',
    ],
    ['the name of the temporary file is a symlink', 'ln -s "$2/file" etc/fstab.mkimage-new'],
    ['a FIFO', 'mkfifo etc/fstab'],
    ['a temporary FIFO', 'mkfifo etc/fstab.mkimage-new'],
    ['the folder is a symlink to the root', 'rmdir etc; ln -s / etc'],
    ['the folder is a symlink out', 'rmdir etc; ln -s "$2" etc; mkdir -p ".$2"'],
  ])('%s: nothing outside is written', async (_, script) => {
    const { root, outside } = await make(script);
    await root.write('/etc/fstab', 'new\n');
    expect((await root.read('/etc/fstab')).toString()).toBe('new\n');
    await untouched(outside);
  });

  test('what is read is in the image, and a regular file', async () => {
    const { root } = await make('ln -s "$2/file" etc/secret; mkfifo etc/fifo');
    await expect(root.read('/etc/secret')).rejects.toThrow('/etc/secret is no file');
    await expect(root.read('/etc/fifo')).rejects.toThrow('/etc/fifo is no file');
  });

  test.each([
    ['rmdir etc', 'this is not the root file system of a Debian system: there is no /etc'],
    [
      'rmdir etc; ln -s / etc; rmdir boot; ln -s "$2" boot',
      'this is not the root file system of a Debian system: /etc is a symlink, /boot is a symlink',
    ],
    [
      'rmdir var; echo >var',
      'this is not the root file system of a Debian system: /var is not a directory',
    ],
    ['rm bin', 'this is not the root file system of a Debian system: chroot: '],
    ['ln -s /dev dev', 'this is not the root file system of a Debian system: run-in-root.sh: '],
  ])('a root made by "%s" is refused', async (script, said) => {
    const { root, outside } = await make(script);
    const failure = await inspectRoot(root, box, []).then(
      () => 'no failure',
      (error: unknown) => formatError(error),
    );
    expect(failure).toContain(said);
    await untouched(outside);
  });

  test('a kernel, a file and the programs are found', async () => {
    const { root } = await make('echo >boot/vmlinuz-6.1.0-9-amd64; mkdir boot/vmlinuz-directory');
    const facts = await inspectRoot(root, box, ['/usr/bin/env', '/nowhere']);
    expect(facts.kernels).toEqual(['6.1.0-9-amd64']);
    expect([...facts.files]).toEqual(['/usr/bin/env']);
  });
});
