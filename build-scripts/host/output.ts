/** How much of a command's output is kept, in characters (1 MiB of ASCII). */
export const CAPTURE_LIMIT = 1024 * 1024;

/** The end of a text of any length: at least the last MiB, less than two. */
export class TextTail {
  private older = '';
  private newer = '';

  push(chunk: string): void {
    this.newer += chunk;
    if (this.newer.length < CAPTURE_LIMIT) return;
    this.older = this.newer;
    this.newer = '';
  }

  text(): string {
    return this.older + this.newer;
  }
}

/** The last lines of a command's output, for the error message. */
export class LineTail {
  private readonly kept: string[] = [];
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  push(line: string): void {
    this.kept.push(line);
    if (this.kept.length > this.limit) this.kept.shift();
  }

  lines(): readonly string[] {
    return [...this.kept];
  }
}
