/** A serial console, for GRUB and the kernel. */
export interface SerialConsole {
  /** 0 for ttyS0. */
  readonly unit: number;
  /** Bits per second. */
  readonly speed: number;
}

export interface GrubMenu {
  /** UUID of the file system that holds /boot. */
  readonly uuid: string;
  /** /boot as GRUB names it in that file system; empty for its top. */
  readonly boot: string;
  /** Kernel releases, the one to boot first. */
  readonly kernels: readonly string[];
  /** The kernel command line: root and all. */
  readonly commandLine: readonly string[];
  /** The same for the recovery entries, which end in `single`. */
  readonly recoveryCommandLine: readonly string[];
  readonly modules: readonly string[];
  /** Seconds. */
  readonly timeout: number;
  readonly serial?: SerialConsole | undefined;
  /** `Debian GNU/Linux` */
  readonly title: string;
}

/** For programs that give the file systems new UUIDs: the collection firstboot looks for it. */
const NO_UUID =
  '# No boot code depends on a UUID: it has a place on the disk, or EFI/debian/grub.cfg.';

/**
 * /boot/grub/grub.cfg of the fresh image. It has what update-grub would write and nothing else:
 * that finds the devices of the running machine and cannot work in a build. The first kernel update
 * on the machine replaces it.
 */
export function grubConfig(menu: GrubMenu): string {
  const { kernels, title } = menu;
  const [newest] = kernels;
  return [
    '# Written when this disk image was made. update-grub replaces it.',
    NO_UUID,
    '',
    ...menu.modules.map((name) => `insmod ${name}`),
    'if [ -s $prefix/grubenv ]; then',
    '  load_env',
    'fi',
    ...terminal(menu.serial),
    'set default=0',
    'set timeout_style=menu',
    `set timeout=${menu.timeout}`,
    '',
    ...(newest === undefined ? [] : entry(title, newest, menu, menu.commandLine)),
    `submenu ${quote(`Advanced options for ${title}`)} {`,
    ...kernels.flatMap((kernel) => [
      ...entry(`${title}, with Linux ${kernel}`, kernel, menu, menu.commandLine),
      ...entry(`${title}, with Linux ${kernel} (recovery mode)`, kernel, menu, [
        ...menu.recoveryCommandLine,
        'single',
      ]),
    ]),
    '}',
    '',
  ].join('\n');
}

function terminal(serial: SerialConsole | undefined): string[] {
  if (serial === undefined) return [];
  return [serialCommand(serial), 'terminal_input console serial', 'terminal_output console serial'];
}

/** GRUB's command that sets up the port. */
export function serialCommand({ unit, speed }: SerialConsole): string {
  return `serial --unit=${unit} --speed=${speed} --word=8 --parity=no --stop=1`;
}

function entry(
  title: string,
  kernel: string,
  { uuid, boot }: GrubMenu,
  commandLine: readonly string[],
): string[] {
  return [
    `menuentry ${quote(title)} --class debian --class gnu-linux --class gnu --class os {`,
    `  search --no-floppy --fs-uuid --set=root ${uuid}`,
    `  linux ${quote(`${boot}/vmlinuz-${kernel}`)} ${commandLine.map(quote).join(' ')}`,
    `  initrd ${quote(`${boot}/initrd.img-${kernel}`)}`,
    '}',
  ];
}

/**
 * What is built into a GRUB: first what its prefix leads to, for UUIDs may change; then the UUID,
 * for disks whose partitions have moved. The parser here has no conditions; configfile does not
 * return from a menu that is there.
 * @param boot /boot as GRUB names it
 */
export function embeddedStub(uuid: string, boot: string): string {
  return `configfile $prefix/grub.cfg\n${grubStub(uuid, boot)}`;
}

/**
 * What leads a GRUB to grub.cfg: EFI/debian/grub.cfg on the ESP for Debian's signed one, which has
 * that path built in (grub2's debian/build-efi-images), and for ours.
 * @param boot /boot as GRUB names it
 */
export function grubStub(uuid: string, boot: string): string {
  return [
    `search.fs_uuid ${uuid} root`,
    `set prefix=($root)${quote(`${boot}/grub`)}`,
    'configfile $prefix/grub.cfg',
    '',
  ].join('\n');
}

/** Words of plain characters stay as they are; GRUB's single quotes hold all but themselves. */
function quote(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
