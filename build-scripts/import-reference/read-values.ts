import path from 'node:path';
import { parseShell, type Statement } from './parse-shell.ts';
import type { Part, Word } from './shell-words.ts';

/** Where something stands: `deb11-amd64-lxc:12`. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly endLine?: number | undefined;
}

/** Something that is not in the profile that is written. */
export interface NotCarried {
  readonly at: Place;
  readonly name?: string | undefined;
  readonly why: string;
}

export interface Value {
  readonly text: string;
  /** The lines that it comes from; several when they add to one another. */
  readonly at: readonly Place[];
}

export interface Values {
  readonly values: ReadonlyMap<string, Value>;
  readonly notCarried: readonly NotCarried[];
  /** Names whose value another value is made of. */
  readonly used: ReadonlySet<string>;
}

/** A text file, or why it is not read. `file` is how messages call it. */
export type Loaded =
  { readonly file: string; readonly text: string } | { readonly problem: string };

export interface ReadRequest {
  readonly file: string;
  readonly text: string;
  /** Reads an included file; the name is relative to the folder of the file that includes it. */
  readonly include: (name: string, from: string) => Loaded;
  /** Names of which later values are added to earlier ones. */
  readonly joined?: ReadonlySet<string> | undefined;
}

/** Enough for every key and list; a value that is made of itself again and again stays harmless. */
const MAX_LENGTH = 64 * 1024;
const MAX_INCLUDES = 50;

/** The values that a file of the reference gives to names, with those of the files it includes. */
export function readValues(request: ReadRequest): Values {
  const reader = new Reader(request);
  reader.read(request.file, request.text, []);
  const { values, notCarried, used } = reader;
  return { values, notCarried, used };
}

/** Passwords are hashes that begin with "$", which the reference never expands. */
const isPassword = (name: string): boolean => /_PASS(WORD|PHRASE)$/.test(name);

class Reader {
  readonly values = new Map<string, Value>();
  readonly notCarried: NotCarried[] = [];
  readonly used = new Set<string>();
  /** Names whose value is not known → why. */
  private readonly unknown = new Map<string, Place>();
  private readonly request: ReadRequest;
  private includes = 0;

  constructor(request: ReadRequest) {
    this.request = request;
  }

  read(file: string, text: string, stack: readonly string[]): void {
    for (const statement of parseShell(text)) {
      const at = { file, line: statement.line };
      if (statement.kind === 'assign') this.assign(statement, at);
      else if (statement.kind === 'include') this.include(statement.word, at, [...stack, file]);
      else this.notCarried.push({ at: { ...at, endLine: statement.endLine }, why: statement.why });
    }
  }

  private assign(statement: Statement & { kind: 'assign' }, at: Place): void {
    const { name, operator, word } = statement;
    const before = this.values.get(name);
    if (operator === ':=' && before !== undefined && before.text !== '') return;
    if (operator === '?=' && before !== undefined) return;
    let value = this.expand(word);
    if (typeof value !== 'string' && isPassword(name)) value = word.literal;
    const joins = this.request.joined?.has(name) === true && before !== undefined;
    if (typeof value === 'string' && (operator === '+=' || joins)) {
      const known = this.unknown.get(name);
      if (known !== undefined) value = { why: `adds to the value of line ${known.line}` };
      else value = `${before?.text ?? ''}${joins && operator !== '+=' ? ' ' : ''}${value}`;
    }
    if (typeof value === 'string' && value.length > MAX_LENGTH)
      value = { why: `is longer than ${MAX_LENGTH / 1024} KiB` };
    if (typeof value !== 'string') {
      this.values.delete(name);
      this.unknown.set(name, at);
      this.notCarried.push({ at, name, why: value.why });
      return;
    }
    this.unknown.delete(name);
    const adds = operator === '+=' || joins;
    this.values.set(name, { text: value, at: adds ? [...(before?.at ?? []), at] : [at] });
  }

  /** The text of a word; or why it has none without a shell. */
  private expand(word: Word): string | { readonly why: string } {
    let text = '';
    for (const part of word.parts) {
      const value = this.expandPart(part);
      if (typeof value !== 'string') return value;
      text += value;
      if (text.length > MAX_LENGTH) return { why: `is longer than ${MAX_LENGTH / 1024} KiB` };
    }
    return text;
  }

  private expandPart(part: Part): string | { readonly why: string } {
    if (part.kind === 'text') return part.text;
    if (part.kind === 'refused') return part;
    const { name, operator, word } = part;
    const value = this.values.get(name)?.text;
    const unknown = this.unknown.get(name);
    if (unknown !== undefined)
      return { why: `is made of ${name}, whose value in line ${unknown.line} is not known` };
    const absent = value === undefined || (value === '' && operator?.startsWith(':') === true);
    if (value !== undefined) this.used.add(name);
    if (operator?.endsWith('+') === true)
      return absent || word === undefined ? '' : this.expand(word);
    if (!absent) return value;
    if (word !== undefined) return this.expand(word);
    return { why: `is made of ${name}, which has no value in this file` };
  }

  private include(word: Word, at: Place, stack: readonly string[]): void {
    const refuse = (why: string): void => {
      this.notCarried.push({ at, why: `includes a file, which ${why}` });
    };
    const name = this.expand(word);
    if (typeof name !== 'string') {
      refuse(`is not read: its name ${name.why}`);
      return;
    }
    if (++this.includes > MAX_INCLUDES) {
      refuse(`is not read: there are more than ${MAX_INCLUDES}`);
      return;
    }
    const loaded = this.request.include(path.normalize(name), at.file);
    if ('problem' in loaded) refuse(loaded.problem);
    else if (stack.includes(loaded.file)) refuse('is not read: it includes itself');
    else this.read(loaded.file, loaded.text, stack);
  }
}
