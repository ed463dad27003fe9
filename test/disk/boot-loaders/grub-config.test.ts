import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import {
  embeddedStub,
  grubConfig,
  grubStub,
  type GrubMenu,
} from '../../../build-scripts/disk/boot-loaders/grub-config.ts';
import { needsPrograms } from '../../support/needs.ts';
import { testUnless } from '../../support/test-unless.ts';

const menu: GrubMenu = {
  uuid: '0b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f',
  boot: '/@rootfs/boot',
  kernels: ['6.12.0-2-amd64', '6.1.0-9-amd64'],
  commandLine: ['root=UUID=1', 'ro', 'console=ttyS0,115200', 'quiet'],
  recoveryCommandLine: ['root=UUID=1', 'ro', 'console=ttyS0,115200'],
  modules: ['part_gpt', 'btrfs'],
  timeout: 3,
  serial: { unit: 0, speed: 115200 },
  title: "Bob's GNU/Linux",
};

test('the menu', () => {
  const entry = (title: string, kernel: string, words: string): string =>
    `menuentry '${title}' --class debian --class gnu-linux --class gnu --class os {
  search --no-floppy --fs-uuid --set=root 0b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f
  linux /@rootfs/boot/vmlinuz-${kernel} root=UUID=1 ro console=ttyS0,115200${words}
  initrd /@rootfs/boot/initrd.img-${kernel}
}
`;
  const name = "Bob'\\''s GNU/Linux";
  expect(grubConfig(menu)).toBe(
    `# Written when this disk image was made. update-grub replaces it.
# No boot code depends on a UUID: it has a place on the disk, or EFI/debian/grub.cfg.

insmod part_gpt
insmod btrfs
if [ -s $prefix/grubenv ]; then
  load_env
fi
serial --unit=0 --speed=115200 --word=8 --parity=no --stop=1
terminal_input console serial
terminal_output console serial
set default=0
set timeout_style=menu
set timeout=3

${entry(name, '6.12.0-2-amd64', ' quiet')}submenu 'Advanced options for ${name}' {
${entry(`${name}, with Linux 6.12.0-2-amd64`, '6.12.0-2-amd64', ' quiet')}${entry(`${name}, with Linux 6.12.0-2-amd64 (recovery mode)`, '6.12.0-2-amd64', ' single')}${entry(`${name}, with Linux 6.1.0-9-amd64`, '6.1.0-9-amd64', ' quiet')}${entry(`${name}, with Linux 6.1.0-9-amd64 (recovery mode)`, '6.1.0-9-amd64', ' single')}}
`,
  );
});

test('words that mean something to GRUB are quoted', () => {
  const text = grubConfig({ ...menu, commandLine: ['a=$(x)', 'b;c', 'd="e'] });
  expect(text).toContain(` 'a=$(x)' 'b;c' 'd="e'\n`);
});

test('what leads to the menu', () => {
  expect(grubStub(menu.uuid, '')).toBe(
    'search.fs_uuid 0b1e5f6a-0d1c-4b5e-9a7d-1c2b3a4d5e6f root\nset prefix=($root)/grub\nconfigfile $prefix/grub.cfg\n',
  );
  // A UUID that has changed since must not matter.
  expect(embeddedStub(menu.uuid, '').split('\n')[0]).toBe('configfile $prefix/grub.cfg');
});

testUnless(needsPrograms('grub-script-check'), 'GRUB understands it', () => {
  for (const input of [grubConfig(menu), grubStub(menu.uuid, menu.boot)]) {
    const { status, stderr } = spawnSync('grub-script-check', { input, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }
});
