import { stripVTControlCharacters } from 'node:util';

/** Those that Node.js does not know, too: firmware sends `ESC [ = 3 h`. ECMA-48, section 5.4. */
// eslint-disable-next-line no-control-regex -- these are meant
const CONTROL_SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]/g;

/** More of a line does not help in a message. */
const LONGEST_LINE = 160;

/** What a machine or container says on its console. */
export class Console {
  private received = '';
  private hasEnded = false;
  private readonly listeners = new Set<() => void>();

  push(text: string): void {
    this.received += text;
    for (const listener of this.listeners) listener();
  }

  /** Nothing comes any more: nobody waits for it. */
  end(): void {
    this.hasEnded = true;
    for (const listener of this.listeners) listener();
  }

  /** Where the next text will start, for {@link text}. */
  get position(): number {
    return this.received.length;
  }

  /** Without control characters; these may come in two pieces, so all is stripped each time. */
  text(from = 0): string {
    const received = this.received.slice(from).replace(CONTROL_SEQUENCE, '');
    return stripVTControlCharacters(received).replaceAll('\r', '');
  }

  /** Asks again whenever something has come. @returns false when the time is over, or the text */
  async until(test: () => boolean, seconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (result: boolean): void => {
        clearTimeout(timer);
        this.listeners.delete(look);
        resolve(result);
      };
      const look = (): void => {
        if (test()) finish(true);
        else if (this.hasEnded) finish(false);
      };
      const timer = setTimeout(() => {
        finish(false);
      }, seconds * 1000);
      this.listeners.add(look);
      look();
    });
  }

  /**
   * Waits for a text.
   * @param from position; what came before it is not looked at
   * @returns undefined when the time is over, or the text
   */
  async waitFor(pattern: RegExp, seconds: number, from = 0): Promise<RegExpExecArray | undefined> {
    const found = await this.until(() => pattern.test(this.text(from)), seconds);
    return found ? (pattern.exec(this.text(from)) ?? undefined) : undefined;
  }

  /** The last lines that are not empty. */
  lastLines(count: number): string[] {
    return (
      this.text()
        .split('\n')
        // A menu is drawn without line breaks.
        .map((line) => line.trimEnd().slice(0, LONGEST_LINE))
        .filter((line) => line !== '')
        .slice(-count)
    );
  }
}
