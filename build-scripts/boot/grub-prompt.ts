import type { Console } from './console.ts';

/** The machine's keyboard. */
export type Write = (text: string) => void;

/** GRUB could not be asked to add kernel arguments. */
export class BootMenuError extends Error {
  override readonly name: string = 'BootMenuError';
}

/** What was typed or shown got lost on its way, whatever the image is like: another try may do. */
export class GarbledMenuError extends BootMenuError {
  override readonly name = 'GarbledMenuError';
}

/** Two terminals on one port show everything twice, and share the keys. */
export type Terminals = 'two' | 'one';

/** Two terminals mix what they say. */
const PROMPT = /grub *> *$/;
/** Seconds for one command of GRUB, in an emulated machine on a busy host. */
const COMMAND_SECONDS = 60;
/** How often something is tried that may have got lost on the way. */
export const ATTEMPTS = 3;
/** Until keys are seen. */
const ECHO_SECONDS = 2;
/** After each key, when something has got lost before. */
const PAUSE_SECONDS = 0.05;
/** Keys that fit into the buffer of a BIOS (16 keys). */
const KEYS = 4;
/** Ctrl-U: erases the line. */
const ERASE = '\x15';

/** GRUB's command line, on a serial port where keys get lost when the machine is slow. */
export class GrubPrompt {
  private readonly console: Console;
  private readonly write: Write;

  constructor(console: Console, write: Write) {
    this.console = console;
    this.write = write;
  }

  /**
   * Leaves the menu.
   * @throws BootMenuError when it is protected by a password
   */
  async open(): Promise<void> {
    const from = this.console.position;
    this.write('c');
    const prompt = await this.console.waitFor(/grub *> *$|Enter username:/, COMMAND_SECONDS, from);
    if (prompt === undefined) throw new GarbledMenuError('the boot menu does not answer');
    if (prompt[0].includes('username'))
      throw new BootMenuError('the boot menu asks for a password');
  }

  /**
   * Runs a command.
   * @returns what GRUB answers
   */
  async run(command: string, terminals: Terminals = 'one'): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      const begin = this.console.position;
      const answer = await this.runOnce(command, terminals, attempt > 1);
      if (isUnderstood(answer)) return answer;
      if (attempt === ATTEMPTS) {
        const shown = this.console.text(begin);
        throw new GarbledMenuError(`GRUB does not understand "${command}": ${shown}`);
      }
    }
  }

  private async runOnce(
    command: string,
    terminals: Terminals,
    isCareful: boolean,
  ): Promise<string> {
    await this.type(command, terminals, isCareful);
    const entered = this.console.position;
    this.write('\r');
    if ((await this.console.waitFor(PROMPT, COMMAND_SECONDS, entered)) === undefined)
      throw new GarbledMenuError(`GRUB does not come back from "${command}"`);
    return this.console.text(entered);
  }

  /** Whether there is such a command, which is run. It is not given twice. */
  async has(command: string, terminals: Terminals): Promise<boolean> {
    return !/^error: /m.test(await this.runOnce(command, terminals, false));
  }

  /**
   * Types a line until GRUB shows just that, or the same thing twice: then that is how it shows it.
   * What two terminals show is not compared: the one speaks in the middle of the other.
   * @param isCareful one key after the other, and again when it was not seen
   */
  async type(line: string, terminals: Terminals = 'one', isCareful = false): Promise<void> {
    let seen: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const begin = this.console.position;
      await this.press(line, terminals, isCareful || attempt > 1);
      if (terminals === 'two') return;
      if (await this.console.until(() => this.shown(begin) === line, ECHO_SECONDS)) return;
      const shown = this.shown(begin);
      if (shown === seen) return;
      seen = shown;
      if (attempt === ATTEMPTS) throw new GarbledMenuError(`GRUB shows "${shown}" for "${line}"`);
      // It says nothing that could be waited for.
      this.write(ERASE);
      await seconds(ECHO_SECONDS);
    }
  }

  /** Without the line breaks of GRUB, and the end of its prompt. */
  private shown(from: number): string {
    return this.console.text(from).replaceAll('\n', '').trimStart();
  }

  /** No faster than they are echoed: keys that wait for two terminals are not read in their order. */
  private async press(keys: string, terminals: Terminals, isCareful: boolean): Promise<void> {
    const atOnce = isCareful || terminals === 'two' ? 1 : KEYS;
    for (let at = 0; at < keys.length; at += atOnce) {
      const some = keys.slice(at, at + atOnce);
      if (!(await this.isEchoed(some)) && isCareful) await this.isEchoed(some);
      if (isCareful) await seconds(PAUSE_SECONDS);
    }
  }

  /** Whether the last of some keys was seen. */
  private async isEchoed(keys: string): Promise<boolean> {
    const last = keys.at(-1) ?? '';
    const before = this.console.position;
    this.write(keys);
    return this.console.until(() => this.console.text(before).includes(last), ECHO_SECONDS);
  }
}

const isUnderstood = (answer: string): boolean =>
  !/^error: .*(can't find command|terminal .* isn't found|unrecognized)/m.test(answer);

const seconds = async (time: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, time * 1000));
