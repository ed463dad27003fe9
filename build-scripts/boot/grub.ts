import type { Console } from './console.ts';
import type { Firmware } from './firmware.ts';
import {
  ATTEMPTS,
  BootMenuError,
  GarbledMenuError,
  GrubPrompt,
  type Write,
} from './grub-prompt.ts';

const MENU = /GNU GRUB {1,3}version/;
/** Until the kernel has to say something, in an emulated machine. */
const START_SECONDS = 20;

/** Whether GRUB shows its menu. */
export const showsMenu = (console: Console): boolean => MENU.test(console.text());

/**
 * Does what a person does who adds arguments to a kernel in the boot menu: opens GRUB's command line,
 * reads the menu's first entry, and gives its commands by hand.
 * @param console shows the menu; GRUB's `console` terminal leads to the serial port
 * @throws BootMenuError when it is protected by a password, or its menu starts no Linux
 */
export async function bootWithArguments(
  console: Console,
  write: Write,
  addArguments: string,
  firmware: Firmware,
): Promise<void> {
  const prompt = new GrubPrompt(console, write);
  await prompt.open();
  await prompt.run('terminal_input console', 'two');
  // SeaBIOS loses a line break now and then: GRUB itself does not. A UEFI has one way only.
  const hasSerial = firmware === 'bios' && (await prompt.has('serial', 'two'));
  await prompt.run(`terminal_output ${hasSerial ? 'serial' : 'console'}`, 'two');
  for (let attempt = 1; ; attempt += 1) {
    const problem = await giveFirstEntry(prompt, addArguments);
    if (problem === undefined) break;
    // Something may have got lost on the way: it is read again.
    if (attempt === ATTEMPTS) throw new BootMenuError(problem);
  }
  await prompt.type('boot');
  const from = console.position;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    write('\r');
    // The first line of the kernel, or of what the firmware says about it.
    if (await console.until(() => /\S/.test(console.text(from)), START_SECONDS)) return;
  }
}

/** @returns why GRUB did not take it */
async function giveFirstEntry(
  prompt: GrubPrompt,
  addArguments: string,
): Promise<string | undefined> {
  const entry = await readEntry(() => prompt.run('cat $prefix/grub.cfg'));
  if (entry === undefined) return 'the first entry of the boot menu starts no Linux';
  for (const line of entry) {
    const text = line.startsWith('linux') ? `${withoutQuiet(line)} ${addArguments}` : line;
    const error = /^error: .*/m.exec(await prompt.run(text));
    if (error !== null) return `GRUB can not run "${line}": ${error[0]}`;
  }
  return undefined;
}

/** How often a menu is read until two readings are the same. */
const READINGS = 5;

/**
 * The first entry of the menu, read until it comes out the same twice: an emulated serial port on a
 * busy host loses a character now and then.
 */
async function readEntry(cat: () => Promise<string>): Promise<string[] | undefined> {
  let before: string[] | undefined;
  for (let reading = 0; reading < READINGS; reading += 1) {
    const entry = firstEntry(await cat());
    if (reading > 0 && entry?.join('\n') === before?.join('\n')) return entry;
    before = entry;
  }
  throw new GarbledMenuError('the serial port garbles the boot menu');
}

/** Commands of an entry that matter for the start. */
const NEEDED = /^((linux(efi|16)?|initrd(efi|16)?|search|devicetree|cryptomount)\b|set root=)/;
/** Widths of text screens: GRUB breaks lines one column before. */
const WIDTHS = [79, 99, 127, 159];
/** What begins a line, even after one that fills the screen. GRUB makes tabs into spaces. */
const NEW_LINE =
  /^(\s*}|(menuentry|submenu)\s|\t|\s+(linux|initrd|search|set|insmod|echo|if|else|fi|load_video|devicetree|cryptomount)\b)/;

/**
 * The commands of the first entry in a menu.
 * @param menu grub.cfg as GRUB prints it: long lines are broken
 */
export function firstEntry(menu: string): string[] | undefined {
  const lines: string[] = [];
  let last = 0;
  for (const line of menu.split('\n')) {
    const goesOn = WIDTHS.includes(last) && !NEW_LINE.test(line);
    last = line.length;
    if (goesOn) lines.push((lines.pop() ?? '') + line);
    else lines.push(line);
  }
  const begin = lines.findIndex((line) => /^\s*menuentry\s/.test(line));
  if (begin < 0) return undefined;
  const entry = lines.slice(begin + 1);
  const end = entry.findIndex((line) => /^\s*(}|initrd)/.test(line));
  if (end < 0) return undefined;
  const commands = entry
    .slice(0, end + 1)
    // A line break that got lost; and at the prompt a tab completes names.
    .map((line) => line.trim().replace(/\}$/, '').replaceAll('\t', ' '))
    .filter((line) => NEEDED.test(line));
  return commands.some((line) => line.startsWith('linux')) ? commands : undefined;
}

/** What the kernel and systemd say is wanted. */
const withoutQuiet = (line: string): string => line.replace(/ (quiet|splash)\b/g, '');
