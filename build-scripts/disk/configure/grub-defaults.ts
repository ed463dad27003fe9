import { serialCommand, type SerialConsole } from '../boot-loaders/grub-config.ts';
import type { ImageRoot } from '../image-root.ts';

/** Read by update-grub after /etc/default/grub. */
const FILE = '/etc/default/grub.d/50-disk-image.cfg';

export interface GrubDefaults {
  /** Kernel arguments of every entry, recovery too. */
  readonly commandLine: readonly string[];
  /** Further ones of the normal entries. */
  readonly normalCommandLine: readonly string[];
  /** Seconds. */
  readonly timeout: number;
  /** `Debian`; empty when nothing says so. */
  readonly distributor: string;
  /** The serial port that the menu is shown on, too. */
  readonly serial: SerialConsole | undefined;
}

/** The kernel's names for serial ports: amd64's UARTs, the PL011 of arm64's virtual machines. */
const PORTS: Readonly<Record<string, string>> = { amd64: 'ttyS', arm64: 'ttyAMA' };

/** The last console of the command line is /dev/console. */
export function consoleArguments(architecture: string, { unit, speed }: SerialConsole): string[] {
  return ['console=tty0', `console=${PORTS[architecture] ?? 'ttyS'}${unit},${speed}`];
}

/**
 * The text of our part of update-grub's settings; undefined when there is nothing to say.
 * @param distributor when the image does not say it
 */
export function grubDefaultsFile(
  kernelArguments: readonly string[],
  serial: SerialConsole | undefined,
  distributor?: string,
): string | undefined {
  if (kernelArguments.length === 0 && serial === undefined && distributor === undefined) {
    return undefined;
  }
  const quoted = kernelArguments.join(' ').replaceAll(/[\\"$`]/g, '\\$&');
  return [
    '# Written when this disk image was made.',
    ...(distributor === undefined ? [] : [`GRUB_DISTRIBUTOR="${distributor}"`]),
    ...(quoted === '' ? [] : [`GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX ${quoted}"`]),
    ...(serial === undefined
      ? []
      : ['GRUB_TERMINAL="console serial"', `GRUB_SERIAL_COMMAND="${serialCommand(serial)}"`]),
    '',
  ].join('\n');
}

/** As grub-mkconfig reads the settings; newlines cannot be in a kernel command line. */
const READ = `set +eu
if [ -f /etc/default/grub ]; then . /etc/default/grub; fi
for file in /etc/default/grub.d/*.cfg; do if [ -e "$file" ]; then . "$file"; fi; done
exec 1>&3
printf '%s\\n' "$GRUB_CMDLINE_LINUX" "$GRUB_CMDLINE_LINUX_DEFAULT" "$GRUB_TIMEOUT" "$GRUB_DISTRIBUTOR" \\
  "$GRUB_TERMINAL" "$GRUB_SERIAL_COMMAND"`;

/**
 * Tells update-grub what this disk needs and reads what it will then find, so that our boot menu
 * and its boot menu agree.
 */
export async function setGrubDefaults(
  root: ImageRoot,
  kernelArguments: readonly string[],
  serial: SerialConsole | undefined,
): Promise<void> {
  // The packages that bring /etc/default/grub along need not be installed.
  const { distributor } = await readGrubDefaults(root);
  const ours = distributor === '' ? 'Debian' : undefined;
  const text = grubDefaultsFile(kernelArguments, serial, ours);
  if (text !== undefined) await root.write(FILE, text);
}

export async function readGrubDefaults(root: ImageRoot): Promise<GrubDefaults> {
  // What the settings print themselves goes to stderr.
  const { stdout } = await root.script(`exec 3>&1 1>&2\n${READ}`);
  const [all = '', normal = '', timeout = '', distributor = '', terminal = '', command = ''] =
    stdout.split('\n');
  const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
  return {
    commandLine: words(all),
    normalCommandLine: words(normal),
    timeout: /^\d+$/.test(timeout) ? Number(timeout) : 5,
    distributor,
    serial: words(terminal).includes('serial') ? serialOf(command) : undefined,
  };
}

/** Reads GRUB's `serial` command, with its defaults for what is left out. */
function serialOf(command: string): SerialConsole {
  const number = (option: string, otherwise: number): number =>
    Number(new RegExp(`--${option}=(\\d+)`).exec(command)?.[1] ?? otherwise);
  return { unit: number('unit', 0), speed: number('speed', 9600) };
}
