import { describe, expect, test } from '@jest/globals';
import { Console } from '../../build-scripts/boot/console.ts';
import { BootMenuError, GarbledMenuError } from '../../build-scripts/boot/grub-prompt.ts';
import { bootWithArguments, firstEntry } from '../../build-scripts/boot/grub.ts';

const OURS = `
set default=0
set timeout=2

menuentry 'Debian GNU/Linux' --class debian {
  search --no-floppy --fs-uuid --set=root 73b293c2-9b4f-4bc3-9b4a-b728c5caf6f0
  linux /vmlinuz-6.1.0-56-amd64 root=/dev/mapper/vg0-root ro quiet rootflags=subvol=@rootfs
  initrd /initrd.img-6.1.0-56-amd64
}
submenu 'Advanced options for Debian GNU/Linux' {
menuentry 'Debian GNU/Linux (recovery mode)' {
  linux /vmlinuz-6.1.0-56-amd64 root=/dev/mapper/vg0-root ro single
}
}
`;

/** As update-grub writes it on Debian 12. */
const DEBIAN = `
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1f' {
\tload_video
\tinsmod gzio
\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
\tinsmod part_gpt
\tinsmod ext2
\tsearch --no-floppy --fs-uuid --set=root 1f
\techo\t'Loading Linux 6.1.0-56-amd64 ...'
\tlinux\t/boot/vmlinuz-6.1.0-56-amd64 root=UUID=1f ro  quiet
\techo\t'Loading initial ramdisk ...'
\tinitrd\t/boot/initrd.img-6.1.0-56-amd64
}
`;

/** What a screen of so many columns makes of it. */
const broken = (text: string, columns: number): string =>
  text
    .split('\n')
    .map((line) => line.replace(new RegExp(`(.{${columns - 1}})(?=.)`, 'g'), '$1\n'))
    .join('\n');

describe('the first entry of a menu', () => {
  test.each([
    ['as it is', OURS],
    ['on 80 columns', broken(OURS, 80)],
    ['on 100 columns', broken(OURS, 100)],
  ])('%s', (_, text) => {
    expect(firstEntry(text)).toEqual([
      'search --no-floppy --fs-uuid --set=root 73b293c2-9b4f-4bc3-9b4a-b728c5caf6f0',
      'linux /vmlinuz-6.1.0-56-amd64 root=/dev/mapper/vg0-root ro quiet rootflags=subvol=@rootfs',
      'initrd /initrd.img-6.1.0-56-amd64',
    ]);
  });

  test('of update-grub', () => {
    expect(firstEntry(DEBIAN)).toEqual([
      'search --no-floppy --fs-uuid --set=root 1f',
      'linux /boot/vmlinuz-6.1.0-56-amd64 root=UUID=1f ro  quiet',
      'initrd /boot/initrd.img-6.1.0-56-amd64',
    ]);
  });

  test('that lost a line break ends where it has to', () => {
    expect(firstEntry(OURS.replace('amd64\n}', 'amd64}'))).toEqual(firstEntry(OURS));
  });

  test('without Linux, or no menu at all', () => {
    expect(firstEntry("menuentry 'Firmware' {\n\tfwsetup\n}\n")).toBeUndefined();
    expect(firstEntry('error: file not found.\n')).toBeUndefined();
  });
});

/** What happens to keys on their way. */
type Line = (key: string) => string;

/** GRUB's command line: echoes keys, runs commands at Enter, erases the line at Ctrl-U. */
class FakeGrub {
  readonly console = new Console();
  readonly commands: string[] = [];
  private line = '';
  private readonly answer: (command: string) => string;
  private readonly greeting: string;
  private readonly serialPort: Line;

  constructor(
    answer: (command: string) => string,
    greeting = '\r\ngrub> ',
    serialPort: Line = (key) => key,
  ) {
    this.answer = answer;
    this.greeting = greeting;
    this.serialPort = serialPort;
    this.console.push('GNU GRUB  version 2.06\r\n');
  }

  readonly write = (keys: string): void => {
    setImmediate(() => {
      if (this.commands.length === 0 && this.line === '' && keys === 'c') {
        this.console.push(this.greeting);
        this.commands.push('(c)');
        return;
      }
      for (const key of Array.from(keys, this.serialPort).join('')) this.press(key);
    });
  };

  private press(key: string): void {
    if (key === '\x15') {
      this.console.push(`\x1b[1;7H${' '.repeat(this.line.length)}\x1b[1;7H`);
      this.line = '';
    } else if (key !== '\r') {
      this.line += key;
      this.console.push(key);
    } else {
      this.enter();
    }
  }

  private enter(): void {
    this.commands.push(this.line);
    if (this.line === 'boot') {
      this.console.push('\r\n[    0.0] Linux version 6.1');
      return;
    }
    const said = this.answer(this.line);
    this.line = '';
    this.console.push(`\r\n${said === '' ? '' : `${said.replaceAll('\n', '\r\n')}\r\n`}grub> `);
  }
}

describe('adding kernel arguments', () => {
  const menu = (command: string): string => (command === 'cat $prefix/grub.cfg' ? OURS : '');

  test('types the first entry, without quiet, and boots', async () => {
    const grub = new FakeGrub(menu);
    await bootWithArguments(grub.console, grub.write, 'console=ttyS0 init=/bin/sh', 'bios');
    await grub.console.until(() => grub.commands.includes('boot'), 2);
    expect(grub.commands).toEqual([
      '(c)',
      'terminal_input console',
      'serial',
      'terminal_output serial',
      'cat $prefix/grub.cfg',
      'cat $prefix/grub.cfg',
      'search --no-floppy --fs-uuid --set=root 73b293c2-9b4f-4bc3-9b4a-b728c5caf6f0',
      'linux /vmlinuz-6.1.0-56-amd64 root=/dev/mapper/vg0-root ro rootflags=subvol=@rootfs console=ttyS0 init=/bin/sh',
      'initrd /initrd.img-6.1.0-56-amd64',
      'boot',
    ]);
  });

  test('a key that got lost is typed again', async () => {
    let lost = true;
    const grub = new FakeGrub((command) => {
      if (command === 'terminal_output console' && lost) {
        lost = false;
        return "error: can't find command `terminaloutput'.";
      }
      return menu(command);
    });
    await bootWithArguments(grub.console, grub.write, 'x', 'uefi');
    expect(grub.commands.filter((command) => command === 'terminal_output console')).toHaveLength(
      2,
    );
  });

  test('what does not arrive as it was typed is erased, not entered', async () => {
    let typed = 0;
    // The first one gets lost.
    const grub = new FakeGrub(menu, undefined, (key) =>
      key === '=' && (typed += 1) < 2 ? '' : key,
    );
    await bootWithArguments(grub.console, grub.write, 'x', 'uefi');
    await grub.console.until(() => grub.commands.includes('boot'), 2);
    expect(grub.commands.filter((command) => command.startsWith('search'))).toEqual([
      'search --no-floppy --fs-uuid --set=root 73b293c2-9b4f-4bc3-9b4a-b728c5caf6f0',
    ]);
    expect(typed).toBeGreaterThan(1);
  }, 60_000);

  test('what GRUB shows in its own way each time is entered', async () => {
    const grub = new FakeGrub(menu, undefined, (key) => (key === 'y' ? '' : key));
    await bootWithArguments(grub.console, grub.write, 'x', 'uefi');
    await grub.console.until(() => grub.commands.includes('boot'), 2);
    expect(grub.commands).toContain(
      'search --no-flopp --fs-uuid --set=root 73b293c2-9b4f-4bc3-9b4a-b728c5caf6f0',
    );
  }, 60_000);

  test('no key is typed before the one in front, a space too, was seen', async () => {
    let delayed = '';
    // One of two terminals is slow: what it has got comes after what the other has got meanwhile.
    const grub: FakeGrub = new FakeGrub(menu, undefined, (key) => {
      if (key === ' ' && delayed === '' && grub.commands.length === 1) {
        delayed = key;
        setTimeout(() => {
          grub.write(delayed);
        }, 100);
        return '';
      }
      return key;
    });
    await bootWithArguments(grub.console, grub.write, 'x', 'uefi');
    expect(grub.commands[1]).toBe('terminal_input console');
  });

  test('when nothing arrives as it was typed, the machine is to blame', async () => {
    const grub = new FakeGrub(
      (command) => (command === 'terminal_input console' ? '' : "error: can't find command `x'."),
      undefined,
      (key) => (key === '_' ? '' : key),
    );
    await expect(bootWithArguments(grub.console, grub.write, 'x', 'uefi')).rejects.toThrow(
      GarbledMenuError,
    );
  }, 60_000);

  test('a menu that came in pieces is read again', async () => {
    let reads = 0;
    const grub = new FakeGrub((command) => {
      if (command !== 'cat $prefix/grub.cfg')
        return command.includes('}') ? 'error: syntax error.' : '';
      reads += 1;
      return reads === 2 ? OURS.replace('rootflags', 'rotflags') : OURS;
    });
    await bootWithArguments(grub.console, grub.write, 'x', 'uefi');
    await grub.console.until(() => grub.commands.includes('boot'), 2);
    // Until two in a row are the same.
    expect(reads).toBe(4);
    expect(grub.commands.at(-2)).toBe('initrd /initrd.img-6.1.0-56-amd64');
  });

  test('what GRUB can not do is an error', async () => {
    const grub = new FakeGrub((command) =>
      command.startsWith('linux ')
        ? 'error: file `/vmlinuz-6.1.0-56-amd64` not found.'
        : menu(command),
    );
    await expect(bootWithArguments(grub.console, grub.write, 'x', 'uefi')).rejects.toThrow(
      /GRUB can not run "linux .*not found/,
    );
  });

  test('a password is not guessed', async () => {
    const grub = new FakeGrub(menu, '\r\nEnter username: ');
    await expect(bootWithArguments(grub.console, grub.write, 'x', 'uefi')).rejects.toThrow(
      new BootMenuError('the boot menu asks for a password'),
    );
  });
});
