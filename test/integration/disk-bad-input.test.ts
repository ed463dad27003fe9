import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, run, type Outcome } from '../support/command.ts';
import { LAYOUTS } from '../support/disk-layouts.ts';
import { buildImage } from '../support/mkimage.ts';
import { needsPrograms, needsRoot } from '../support/needs.ts';
import { once } from '../support/once.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { published, remainsOf, writeSmallProfile } from '../support/small-build.ts';
import { diskTools, rootTarball, tarToDisk } from '../support/test-disks.ts';
import { describeUnless } from '../support/test-unless.ts';

describeUnless(needsPrograms('zstd', 'gzip'), 'tar-to-disk refuses', () => {
  let [scratch, images, work] = ['', '', ''];
  /** A whole system, for what comes to light late. */
  let tarball: string;
  const file = (name: string): string => path.join(scratch, name);

  beforeAll(async () => {
    scratch = await makeScratch('bad-disk');
    [images, work] = [file('images'), file('work')];
    for (const folder of [images, work]) mkdirSync(folder);
    tarball = await rootTarball();
    await diskTools('root');
  }, 900_000);
  afterAll(async () => {
    await removeScratch(scratch);
  });

  const common = (): string[] => ['--plain', '--workdir', work, '--name', 'bad', '-O', images];
  const compose = (...args: readonly string[]): Promise<Outcome> =>
    tarToDisk([...common(), ...args], { cwd: scratch });
  const expectNothingLeft = async (): Promise<void> => {
    await eventually('everything is cleaned up', () => remainsOf(work).length === 0, 20);
    await eventually('the workspace is removed', () => readdirSync(work).length === 0, 20);
    expect(published(images)).toEqual([]);
    expect(readdirSync(images).filter((name) => name.startsWith('.partial'))).toEqual([]);
  };
  const expectRefused = async (outcome: Outcome, exitCode: number, words: RegExp) => {
    expect(outcome.stderr).toMatch(words);
    expect(outcome.stderr).not.toContain('internal error');
    expect(outcome.exitCode).toBe(exitCode);
    await expectNothingLeft();
  };
  /** Packs a folder of the scratch folder as it is. @returns its name */
  const pack = async (folder: string): Promise<string> => {
    await run(['sh', '-c', `tar -C ${folder} -c . | zstd -q -1 >${folder}.tar.zst`], {
      cwd: scratch,
    });
    return `${folder}.tar.zst`;
  };
  const layout = (name: string, text: string): string => {
    writeFileSync(file(name), text);
    return name;
  };

  describe('a tarball', () => {
    test('that is not there', async () => {
      const outcome = await compose('--uefi', 'none.tar.zst');
      await expectRefused(outcome, 1, /none\.tar\.zst/);
    });

    test('that is cut off', async () => {
      await run(['sh', '-c', `head -c 20000000 '${tarball}' >cut.tar.zst`], { cwd: scratch });
      const outcome = await compose('--uefi', 'cut.tar.zst');
      await expectRefused(outcome, 1, /cut\.tar\.zst is damaged or cut off\n +hint: compare it/);
    });

    test('that is damaged in the middle', async () => {
      const bytes = readFileSync(tarball);
      bytes.fill(0x5a, bytes.length >> 1, (bytes.length >> 1) + 4096);
      writeFileSync(file('damaged.tar.zst'), bytes);
      const outcome = await compose('--uefi', 'damaged.tar.zst');
      await expectRefused(outcome, 1, /damaged\.tar\.zst is damaged or cut off/);
    });

    test('that is compressed with gzip', async () => {
      mkdirSync(file('plain'));
      await run(['sh', '-c', 'tar -c plain | gzip >gzip.tar.zst'], { cwd: scratch });
      const outcome = await compose('--uefi', 'gzip.tar.zst');
      await expectRefused(outcome, 1, /gzip\.tar\.zst is not compressed with zstd\n +hint: /);
    });

    test('without /etc', async () => {
      for (const name of ['boot', 'usr', 'var'])
        mkdirSync(file(`no-etc/${name}`), { recursive: true });
      const outcome = await compose('--uefi', await pack('no-etc'));
      await expectRefused(
        outcome,
        1,
        /not the root file system of a Debian system: there is no \/etc/,
      );
    });

    test('without kernel, initramfs-tools and boot loader: names all that is missing', async () => {
      const { rootfs } = await once('bare-root', async (folder) =>
        buildImage(await writeSmallProfile(folder, 'bare'), folder),
      );
      const disk = layout(
        'raid.yml',
        LAYOUTS['raid1-snapper'].layout.replace(/^ *volume-key.*\n/m, ''),
      );
      writeFileSync(file('luks.passphrase'), 'secret\n', { mode: 0o600 });
      const outcome = await compose('-C', disk, rootfs);
      await expectRefused(outcome, 1, /the root file system cannot boot from this disk:/);
      const [, hint = ''] = /hint: .*packages: (.*)$/m.exec(outcome.stderr) ?? [];
      expect(hint.split(' ').sort()).toEqual(
        [
          ...['btrfs-progs', 'cryptsetup-initramfs', 'grub-efi-amd64-bin', 'initramfs-tools'],
          ...['linux-image-amd64', 'lvm2', 'mdadm', 'snapper', 'systemd-sysv'],
        ].sort(),
      );
      expect(outcome.stderr).toMatch(/raid\.yml:\d+.*mdadm/);
    });

    test('whose content is larger than its volume: which, where, and how much', async () => {
      const disk = layout(
        'small.yml',
        LAYOUTS['raid1-mbr'].layout.replace(/root, size: \w+/, 'root, size: 300M'),
      );
      const outcome = await compose('-C', disk, tarball);
      const [line] = Object.entries(readFileSync(file(disk), 'utf8').split('\n')).find(([, text]) =>
        text.includes('300M'),
      ) ?? ['0'];
      await expectRefused(outcome, 2, new RegExp(`small\\.yml:${Number(line) + 1}`));
      expect(outcome.stderr).toMatch(/\d+(\.\d+)? ?(MiB|MB|M)\b.*(too|more|larger|missing|needs)/i);
    });
  });

  describeUnless(needsRoot, 'as root, to leave the root that it composes', () => {
    let victim: string;
    let root: string;
    let before: string;
    const state = (): Promise<string> =>
      run([
        'find',
        victim,
        '-printf',
        '%p %y %m %U:%G %s %T@ %l\\n',
        '-type',
        'f',
        '-exec',
        'cat',
        '{}',
        '+',
      ]);

    beforeAll(async () => {
      victim = file('victim');
      root = file('root');
      mkdirSync(path.join(victim, 'folder'), { recursive: true });
      for (const name of ['file', 'folder/file']) writeFileSync(path.join(victim, name), 'safe\n');
      before = await state();
      mkdirSync(root);
      await run(['tar', '-x', '-C', root, '--zstd', '-f', tarball]);
    });

    /** Puts links to the victim in the place of what there is, and back after the test. */
    const withLinks = async (
      links: Readonly<Record<string, string>>,
      then: () => Promise<void>,
    ) => {
      const undo: string[][] = [];
      for (const [name, target] of Object.entries(links)) {
        const link = path.join(root, name);
        await run(['mkdir', '-p', path.dirname(link)]);
        await run([
          'sh',
          '-c',
          'if [ -e "$1" ] || [ -L "$1" ]; then mv -T "$1" "$1.old"; fi',
          'sh',
          link,
        ]);
        await run(['ln', '-s', target, link]);
        undo.unshift([
          'sh',
          '-c',
          'rm "$1"; if [ -e "$1.old" ]; then mv -T "$1.old" "$1"; fi',
          'sh',
          link,
        ]);
      }
      await pack('root');
      for (const command of undo) await run(command);
      await then();
    };

    test.each(['etc', 'boot', 'usr', 'var'])('by /%s, a link to elsewhere', async (name) => {
      const folder = `linked-${name}`;
      for (const other of ['etc', 'boot', 'usr', 'var'])
        if (other !== name) mkdirSync(file(`${folder}/${other}`), { recursive: true });
      await run(['ln', '-s', name === 'boot' ? '..' : victim, file(`${folder}/${name}`)]);
      const outcome = await compose('--uefi', await pack(folder));
      await expectRefused(outcome, 1, new RegExp(`Debian system: /${name} is a symlink`));
      expect(await state()).toBe(before);
    });

    test('by a mount point, a link to elsewhere', async () => {
      await withLinks({ 'boot/efi': path.join(victim, 'folder') }, async () => {
        await expectRefused(await compose('--uefi', 'root.tar.zst'), 1, /\/boot\/efi/);
        expect(await state()).toBe(before);
      });
    });

    test('by files that it writes, links to elsewhere', async () => {
      const links = Object.fromEntries(
        [
          ...['etc/fstab', 'etc/crypttab', 'etc/mdadm/mdadm.conf', 'etc/default/grub'],
          ...['etc/default/snapper', 'etc/snapper/configs/root', 'etc/initramfs-tools/conf.d/x'],
        ].map((name) => [name, path.join(victim, 'file')] as const),
      );
      const folders = Object.fromEntries(
        ['boot/grub', 'etc/default/grub.d', 'etc/initramfs-tools/conf.d', 'boot/efi/EFI'].map(
          (name) => [name, path.join(victim, 'folder')] as const,
        ),
      );
      delete links['etc/initramfs-tools/conf.d/x'];
      await withLinks({ ...links, ...folders }, async () => {
        const { exitCode, stderr } = await compose('--uefi', 'root.tar.zst');
        expect(stderr).not.toContain('internal error');
        expect([0, 1]).toContain(exitCode);
        expect(await state()).toBe(before);
        await run(['find', images, '-mindepth', '1', '-delete']);
        await expectNothingLeft();
      });
    });

    test.each([
      ['absolute names', ['--transform', 's,^,VICTIM/,'], ['evil']],
      ['..', ['--transform', 's,^,../../../../../../../../VICTIM/,'], ['evil']],
    ])('by %s in the tarball', async (_, transform, names) => {
      writeFileSync(file('evil'), 'evil\n');
      await run(
        [
          ...['tar', '-P', '--zstd', '-cf', 'evil.tar.zst', '-C', scratch],
          ...transform.map((text) => text.replace('VICTIM', victim)),
          ...names,
        ],
        { cwd: scratch },
      );
      expect(await run(['tar', '-P', '--zstd', '-tf', 'evil.tar.zst'], { cwd: scratch })).toContain(
        victim,
      );
      await expectRefused(
        await compose('--uefi', 'evil.tar.zst'),
        1,
        /evil\.tar\.zst|Debian system/,
      );
      expect(await state()).toBe(before);
    });

    test('by a file behind a link of the tarball', async () => {
      mkdirSync(file('trap'));
      await run(['ln', '-s', victim, path.join(file('trap'), 'door')]);
      mkdirSync(file('behind/door'), { recursive: true });
      writeFileSync(file('behind/door/file'), 'evil\n');
      await run(
        [
          'sh',
          '-c',
          'tar -cf t.tar -C trap door && tar -rf t.tar -C behind door/file && zstd -q t.tar -o trap.tar.zst',
        ],
        { cwd: scratch },
      );
      await expectRefused(
        await compose('--uefi', 'trap.tar.zst'),
        1,
        /trap\.tar\.zst|Debian system/,
      );
      expect(await state()).toBe(before);
    });
  });

  describe('a passphrase', () => {
    const encrypted = (): string =>
      layout(
        'luks.yml',
        LAYOUTS['raid1-mbr'].layout.replace('luks.passphrase', 'other.passphrase'),
      );

    test('whose file is not there: which node of the layout wants it', async () => {
      const outcome = await compose('-C', encrypted(), tarball);
      await expectRefused(outcome, 1, /luks\.yml:\d+ .*root_pv_crypt.*other\.passphrase/);
    });

    test('not, but warns, when others can read it', async () => {
      writeFileSync(file('other.passphrase'), 'secret words\n');
      chmodSync(file('other.passphrase'), 0o644);
      mkdirSync(file('empty/etc'), { recursive: true });
      const outcome = await compose('-C', encrypted(), await pack('empty'));
      expect(outcome.stderr).toMatch(
        /warning: .*other\.passphrase can be read by others: chmod 600/,
      );
      expect(outcome.stderr).not.toContain('secret words');
      await expectNothingLeft();
    });
  });
});
