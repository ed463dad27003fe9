import { readFileSync } from 'node:fs';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attempt, expectSuccess, run, type Outcome } from '../support/command.ts';
import { imageOf, readManifest, type Image } from '../support/mkimage.ts';
import { firstReason, needsContainers, needsPrograms, project } from '../support/needs.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { describeUnless } from '../support/test-unless.ts';

const page = 'docs/reference.md';
const fixtures = path.join(project, 'test/fixtures/import-reference');

/** The commands as the documentation has them: import, check, build, test. This is root already. */
function documentedCommands(): string[][] {
  const text = readFileSync(path.join(project, page), 'utf8');
  const [, block = ''] = /^```sh\n(\.\/mkimage import-reference .*?)^```$/ms.exec(text) ?? [];
  const lines = block.split('\n').filter((line) => line !== '');
  if (lines.length !== 4) throw new Error(`${page} does not say how to import a profile`);
  return lines.map((line) => line.replace(/^sudo /, '').split(' '));
}

const missing = firstReason(needsContainers(), needsPrograms('zstd', 'qemu-img', 'sfdisk'));

describeUnless(missing, 'profiles of the reference', () => {
  let scratch: string;
  /** Where the commands are given: there is a `mkimage`, and the reference lies beside it. */
  let folder: string;
  let obj: string;

  /** Import and build of the virtual machine: beside the container, as each waits for the network. */
  let machine: Promise<readonly Outcome[]>;

  const call = (command: readonly string[]): Promise<Outcome> => attempt(command, { cwd: folder });

  beforeAll(async () => {
    scratch = await makeScratch('reference');
    folder = path.join(scratch, 'checkout');
    obj = path.join(scratch, 'obj');
    await mkdir(folder);
    await symlink(path.join(project, 'mkimage'), path.join(folder, 'mkimage'));
    machine = importAndBuild(path.join(fixtures, 'deb12-amd64-kvm'), 'profiles/local/vm1.yml');
    // The test that waits for it tells what went wrong.
    machine.catch(() => undefined);
  });
  afterAll(async () => {
    await Promise.allSettled([machine]);
    await removeScratch(scratch);
  });

  async function importAndBuild(file: string, profile: string): Promise<readonly Outcome[]> {
    const imported = await call(['./mkimage', 'import-reference', file, '-o', profile]);
    return [imported, await call(['./mkimage', profile, '--plain', '-O', obj])];
  }

  test('a container with many options is imported, built and passes its tests, as documented', async () => {
    const [importing = [], checking = [], building = [], testing = []] = documentedCommands();
    const there = path.join(folder, importing[2] ?? '');
    await mkdir(path.dirname(there), { recursive: true });
    const text = await readFile(path.join(fixtures, 'deb13-amd64-lxc-services'), 'utf8');
    // The test of cron waits for the next minute.
    await writeFile(there, `${text}OFEAT_CRON=0\n`);

    const imported = await call(importing);
    expect(imported).toMatchObject({ exitCode: 0, stdout: '' });
    expect(imported.stderr).toContain('mkimage: 2 things were not carried over; next: ');
    const secret = path.join(folder, 'profiles/local/web1.login-password');
    expect((await stat(secret)).mode & 0o777).toBe(0o600);
    expect(await readFile(secret, 'utf8')).toBe('not for long\n');

    expect(await call(checking)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('no mistakes found in 1 profile'),
    });
    const where = ['--plain', '-O', obj];
    expectSuccess(await call([...building, ...where]));
    const tested = await call([...testing, ...where]);
    expect(`${tested.stdout}${tested.stderr}`).not.toMatch(/not for long/);
    expectSuccess(tested);
  });

  test('a virtual machine is imported and built, with the disk and the kernel it asks for', async () => {
    const [imported, built] = await machine;
    if (imported === undefined || built === undefined) throw new Error('nothing was called');
    expectSuccess(imported);
    expectSuccess(built);

    const image: Image = imageOf(path.join(obj, 'vm1'), built);
    const names = readManifest(image).files.map(({ name }) => name);
    const disk = path.join(image.directory, names.find((name) => name.endsWith('.qcow2')) ?? '');
    const info = JSON.parse(await run(['qemu-img', 'info', '--output=json', disk])) as object;
    // 4g for the root, 1G of swap, and 68 MiB for the rest.
    expect(info).toMatchObject({ format: 'qcow2', 'virtual-size': 5188 * 1024 * 1024 });

    const list = await run(['tar', '--list', '--file', image.rootfs, '--wildcards', '*/vmlinuz-*']);
    expect(list).toMatch(/\/boot\/vmlinuz-\S+-cloud-amd64$/);
    const settings = ['--extract', '--to-stdout', '--file', image.rootfs, '--wildcards'];
    expect(await run(['tar', ...settings, '*/etc/default/grub.d/20-bootable.cfg'])).toContain(
      'quiet console=ttyS0,115200n8 net.ifnames=0',
    );
  });
});
