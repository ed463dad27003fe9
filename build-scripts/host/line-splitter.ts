/** Longer lines are passed on in pieces, so that a tool without newlines cannot fill the memory. */
const LONGEST_LINE = 64 * 1024;

/**
 * Cuts a stream of text into lines. A carriage return ends a line too: that is how tools redraw
 * their progress. Empty lines are dropped.
 */
export class LineSplitter {
  private rest = '';
  private readonly emit: (line: string) => void;

  constructor(emit: (line: string) => void) {
    this.emit = emit;
  }

  push(chunk: string): void {
    const lines = (this.rest + chunk).split(/[\r\n]+/);
    this.rest = lines.pop() ?? '';
    if (this.rest.length > LONGEST_LINE) {
      lines.push(this.rest);
      this.rest = '';
    }
    for (const line of lines) if (line !== '') this.emit(line);
  }

  /** Passes on what came after the last newline. */
  end(): void {
    if (this.rest !== '') this.emit(this.rest);
    this.rest = '';
  }
}
