/** Something that hooks said to whoever builds. */
export interface Message {
  readonly kind: 'warning' | 'note';
  readonly text: string;
}

/** What was said in a build, each thing once: layers of the cache say theirs again. */
export class BuildMessages {
  private readonly said: Message[] = [];
  private listener: ((message: Message) => void) | undefined;

  readonly warn = (text: string): void => {
    this.add({ kind: 'warning', text });
  };
  readonly note = (text: string): void => {
    this.add({ kind: 'note', text });
  };

  /** Who hears of them from now on. */
  listen(listener: (message: Message) => void): void {
    this.listener = listener;
  }

  private add(message: Message): void {
    if (this.said.some(({ kind, text }) => kind === message.kind && text === message.text)) return;
    this.said.push(message);
    this.listener?.(message);
  }

  all(): readonly Message[] {
    return this.said;
  }

  warnings(): readonly string[] {
    return this.said.filter(({ kind }) => kind === 'warning').map(({ text }) => text);
  }

  /** @param messages as {@link all} gave them, maybe to a file */
  sayAgain(messages: unknown): void {
    for (const message of (messages as readonly Message[] | undefined) ?? []) this.add(message);
  }
}
