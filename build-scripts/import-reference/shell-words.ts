/**
 * Words of the shell as data: what a value is made of, without the shell. Nothing here evaluates
 * anything; what would need a shell becomes a {@link Part} that says so.
 * Grammar: POSIX.1-2017, Shell Command Language, 2.2 (quoting) and 2.6.2 (parameter expansion).
 */

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'variable';
      readonly name: string;
      /** `:-` and the like with their word; without: `$NAME`. */
      readonly operator?: string | undefined;
      readonly word?: Word | undefined;
    }
  | { readonly kind: 'refused'; readonly why: string };

export interface Word {
  readonly parts: readonly Part[];
  /** The text as it stands in the file. */
  readonly source: string;
  /** Quotes and escapes removed, nothing expanded. That is how the reference itself reads values. */
  readonly literal: string;
}

/** The rest of the file can not be read. */
export class ShellSyntaxError extends Error {
  override readonly name = 'ShellSyntaxError';
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /:?[-=+]/y;
const ENDS_WORD = /[\s;&|<>()]/;
/** Quotes within quotes within …: nobody writes that by hand. */
const MAX_DEPTH = 20;

/** A text and a place in it. */
export class Scanner {
  readonly text: string;
  at = 0;
  /** A place whose line is known: lines are asked for in order, or nearly so. */
  private known = { at: 0, line: 1 };

  constructor(text: string) {
    this.text = text;
  }

  get line(): number {
    let { at, line } = this.known;
    for (; at < this.at; at++) if (this.text[at] === '\n') line++;
    for (; at > this.at; at--) if (this.text[at - 1] === '\n') line--;
    this.known = { at, line };
    return line;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  sees(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  take(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at += text.length;
    return true;
  }

  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  next(): string {
    return this.text[this.at++] ?? '';
  }

  peek(): string {
    return this.text[this.at] ?? '';
  }

  /** What lies before `text`; the place is behind it then. */
  until(text: string, what: string): string {
    const end = this.text.indexOf(text, this.at);
    if (end < 0) throw new ShellSyntaxError(`${what} never ends`);
    const found = this.text.slice(this.at, end);
    this.at = end + text.length;
    return found;
  }
}

/** Collects the parts of a word, neighbouring texts as one. */
class WordBuilder {
  readonly parts: Part[] = [];
  literal = '';

  text(text: string): void {
    this.literal += text;
    const last = this.parts.at(-1);
    if (last?.kind === 'text') this.parts.splice(-1, 1, { kind: 'text', text: last.text + text });
    else this.parts.push({ kind: 'text', text });
  }

  add({ part, source }: { readonly part: Part; readonly source: string }): void {
    this.literal += source;
    if (part.kind === 'text') throw new Error('text goes through text()');
    this.parts.push(part);
  }
}

/** A word up to the next blank or operator of the shell. */
export function readWord(scanner: Scanner): Word {
  return readWhile(scanner, 0, () => !scanner.done && !ENDS_WORD.test(scanner.peek()));
}

function readWhile(scanner: Scanner, depth: number, more: () => boolean): Word {
  if (depth > MAX_DEPTH) throw new ShellSyntaxError('the quotes are nested too deeply');
  const start = scanner.at;
  const word = new WordBuilder();
  while (more()) {
    if (scanner.take('\\\n')) continue;
    if (scanner.take('\\')) word.text(scanner.next());
    else if (scanner.take("'")) word.text(scanner.until("'", 'a single quote'));
    else if (scanner.take('"')) readDoubleQuotes(scanner, depth, word);
    else if (scanner.sees('$') || scanner.sees('`')) readExpansion(scanner, depth, word);
    else word.text(scanner.next());
  }
  return {
    parts: word.parts,
    source: scanner.text.slice(start, scanner.at),
    literal: word.literal,
  };
}

function readDoubleQuotes(scanner: Scanner, depth: number, word: WordBuilder): void {
  // "" is a value, too.
  word.text('');
  while (!scanner.take('"')) {
    if (scanner.done) throw new ShellSyntaxError('a double quote never ends');
    if (scanner.take('\\\n')) continue;
    if (scanner.take('\\')) {
      const next = scanner.next();
      word.text('$`"\\'.includes(next) ? next : `\\${next}`);
    } else if (scanner.sees('$') || scanner.sees('`')) readExpansion(scanner, depth, word, true);
    else word.text(scanner.next());
  }
}

/** What begins with `$` or a backtick. */
function readExpansion(scanner: Scanner, depth: number, word: WordBuilder, inQuotes = false): void {
  const start = scanner.at;
  const refuse = (why: string): void => {
    word.add({ part: { kind: 'refused', why }, source: scanner.text.slice(start, scanner.at) });
  };
  if (scanner.take('`')) {
    while (!scanner.take('`')) {
      if (scanner.done) throw new ShellSyntaxError('a backtick never ends');
      if (scanner.next() === '\\') scanner.next();
    }
    refuse('is the output of a command, which is not run');
    return;
  }
  scanner.take('$');
  if (scanner.sees('(')) {
    const arithmetic = scanner.sees('((');
    skipBalanced(scanner, depth);
    refuse(
      arithmetic
        ? 'is the result of a calculation, which is not made'
        : 'is the output of a command, which is not run',
    );
  } else if (scanner.take('{')) {
    readBraces(scanner, depth, word, start);
  } else if (!inQuotes && scanner.take("'")) {
    while (!scanner.take("'")) {
      if (scanner.done) throw new ShellSyntaxError("a $'…' never ends");
      if (scanner.next() === '\\') scanner.next();
    }
    refuse("has a $'…', which is not part of the plain shell");
  } else {
    const name = scanner.match(NAME);
    if (name !== undefined)
      word.add({ part: { kind: 'variable', name }, source: scanner.text.slice(start, scanner.at) });
    else if (scanner.match(/[0-9@*#?$!-]/y) !== undefined)
      refuse(`needs ${scanner.text.slice(start, scanner.at)} of a running shell`);
    else word.text('$');
  }
}

/** `${…}`; the place is behind the brace. */
function readBraces(scanner: Scanner, depth: number, word: WordBuilder, start: number): void {
  const inside = scanner.at;
  const name = scanner.match(NAME);
  const operator = name === undefined ? undefined : scanner.match(OPERATOR);
  const closes = (): boolean => !scanner.done && !scanner.sees('}');
  const inner = operator === undefined ? undefined : readWhile(scanner, depth + 1, closes);
  if (name !== undefined && scanner.take('}')) {
    word.add({
      part: { kind: 'variable', name, operator, word: inner },
      source: scanner.text.slice(start, scanner.at),
    });
    return;
  }
  // Something else, such as ${#NAME} and ${NAME%.*}.
  scanner.at = inside;
  readWhile(scanner, depth + 1, closes);
  if (!scanner.take('}')) throw new ShellSyntaxError('a ${ never ends');
  const source = scanner.text.slice(start, scanner.at);
  word.add({ part: { kind: 'refused', why: `has ${source}, which only a shell can do` }, source });
}

/** From an opening parenthesis to behind the one that closes it. */
export function skipBalanced(scanner: Scanner, depth: number): void {
  if (depth > MAX_DEPTH) throw new ShellSyntaxError('the parentheses are nested too deeply');
  let open = 0;
  do {
    if (scanner.done) throw new ShellSyntaxError('a parenthesis never ends');
    if (scanner.take('(')) open++;
    else if (scanner.take(')')) open--;
    else if (scanner.peek() === '#' && /\s/.test(scanner.text[scanner.at - 1] ?? ''))
      scanner.match(/[^\n]*/y);
    else if (/[\s;&|<>]/.test(scanner.peek())) scanner.at++;
    else readWhile(scanner, depth + 1, () => !scanner.done && !/[\s;&|<>()]/.test(scanner.peek()));
  } while (open > 0);
}
