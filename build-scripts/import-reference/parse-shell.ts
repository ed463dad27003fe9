import { readWord, Scanner, ShellSyntaxError, skipBalanced, type Word } from './shell-words.ts';

/**
 * A shell script as data: its assignments and the files that it includes. Everything else is told
 * apart from them and passed over; nothing is ever run.
 */
export type Statement =
  | {
      readonly kind: 'assign';
      readonly line: number;
      readonly name: string;
      /** `:=` and `?=`: only when it has no value yet, `?=` counts an empty one. */
      readonly operator: '=' | '+=' | ':=' | '?=';
      readonly word: Word;
    }
  | { readonly kind: 'include'; readonly line: number; readonly word: Word }
  | {
      readonly kind: 'passed-over';
      readonly line: number;
      readonly endLine: number;
      readonly why: string;
    };

/** `NAME*=` declares and `NAME?=` sets if declared, in collections of the reference: both set it. */
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)([+*?]?)=/;
const CLOSED_BY: Readonly<Record<string, string>> = {
  if: 'fi',
  for: 'done',
  while: 'done',
  until: 'done',
  select: 'done',
  case: 'esac',
  '{': '}',
};
/** After these a command begins. */
const BEFORE_COMMAND = ['then', 'do', 'else', 'elif', '!', '{', 'if', 'while', 'until'];

const FUNCTION = /^[^\S\n]*\([^\S\n]*\)/;

/** Never throws: a text that is no shell script is passed over. */
export function parseShell(text: string): Statement[] {
  const scanner = new Scanner(text.replaceAll('\r\n', '\n'));
  const statements: Statement[] = [];
  for (;;) {
    scanner.match(/(?:[\s;]|\\\n|#[^\n]*)+/y);
    if (scanner.done) return statements;
    const { line, at } = scanner;
    try {
      const simple = readSimple(scanner, line);
      if (simple !== undefined) {
        statements.push(...simple);
        continue;
      }
      scanner.at = at;
      const why = passOver(scanner);
      const endLine = Math.max(line, endOf(scanner));
      statements.push({ kind: 'passed-over', line, endLine, why });
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      const why = `${error.message}; from here on nothing could be read`;
      scanner.at = scanner.text.length;
      statements.push({ kind: 'passed-over', line, endLine: Math.max(line, endOf(scanner)), why });
      return statements;
    }
  }
}

/** The line that ends here; a line break belongs to the line before it. */
function endOf(scanner: Scanner): number {
  return scanner.text[scanner.at - 1] === '\n' ? scanner.line - 1 : scanner.line;
}

/** Assignments, or one of the few commands that say something about values. */
function readSimple(scanner: Scanner, line: number): Statement[] | undefined {
  const words: { word: Word; line: number }[] = [];
  for (;;) {
    scanner.match(/(?:[^\S\n]|\\\n)+/y);
    const at = scanner.line;
    if (scanner.done || scanner.match(/[;\n]|#[^\n]*/y) !== undefined) break;
    // An array, a pipe, a redirection: no simple command.
    if (/[&|<>()]/.test(scanner.peek())) return undefined;
    words.push({ word: readWord(scanner), line: at });
  }
  const [first, ...rest] = words;
  if (first === undefined) return [];
  const assignments = words.map((entry) => assignment(entry.word, entry.line));
  if (assignments.every((entry) => entry !== undefined)) return assignments;
  switch (first.word.source) {
    case 'export':
    case 'readonly':
      return statementsOf(rest, (word, at) =>
        /^[A-Za-z_]\w*$/.test(word.source) ? [] : assignment(word, at),
      );
    case ':':
      return statementsOf(rest, defaultAssignment);
    case '.':
    case 'source': {
      const word = rest[0]?.word;
      return word === undefined || rest.length > 1 ? undefined : [{ kind: 'include', line, word }];
    }
    default:
      return undefined;
  }
}

function statementsOf(
  words: readonly { readonly word: Word; readonly line: number }[],
  convert: (word: Word, line: number) => Statement | [] | undefined,
): Statement[] | undefined {
  const all = words.map(({ word, line }) => convert(word, line));
  return all.every((entry) => entry !== undefined) ? all.flat() : undefined;
}

/** `NAME=value` */
function assignment(word: Word, line: number): Statement | undefined {
  const [all, name, sign] = ASSIGNMENT.exec(word.source) ?? [];
  const [head, ...tail] = word.parts;
  // A quote before the sign makes it a command.
  if (all === undefined || name === undefined || head?.kind !== 'text') return undefined;
  if (!head.text.startsWith(all)) return undefined;
  const value = {
    parts: [{ kind: 'text' as const, text: head.text.slice(all.length) }, ...tail],
    source: word.source.slice(all.length),
    literal: word.literal.slice(all.length),
  };
  return { kind: 'assign', line, name, operator: sign === '+' ? '+=' : '=', word: value };
}

/** `${NAME:=value}`, behind a colon */
function defaultAssignment(word: Word, line: number): Statement | undefined {
  const parts = word.parts.filter((part) => part.kind !== 'text' || part.text !== '');
  const [only] = parts;
  if (parts.length !== 1 || only?.kind !== 'variable' || only.word === undefined) return undefined;
  if (only.operator !== ':=' && only.operator !== '=') return undefined;
  const operator = only.operator === ':=' ? ':=' : '?=';
  return { kind: 'assign', line, name: only.name, operator, word: only.word };
}

/** Goes behind a command of any kind, with everything that belongs to it. Returns what it was. */
function passOver(scanner: Scanner): string {
  const open: string[] = [];
  const heredocs: string[] = [];
  let commandBegins = true;
  let continues = false;
  let what: string | undefined;
  for (;;) {
    scanner.match(/(?:[^\S\n]|\\\n)+/y);
    if (scanner.sees('#')) scanner.match(/[^\n]*/y);
    if (scanner.done) {
      if (open.length > 0) throw new ShellSyntaxError(`"${open.at(-1) ?? ''}" is missing`);
      return what ?? 'is a command, which is not run';
    }
    if (scanner.take('\n')) {
      for (const delimiter of heredocs.splice(0)) skipHeredoc(scanner, delimiter);
      if (open.length === 0 && !continues) return what ?? 'is a command, which is not run';
      commandBegins = true;
    } else if (scanner.match(/<<-?(?!<)/y) !== undefined) {
      scanner.match(/[^\S\n]+/y);
      heredocs.push(readWord(scanner).literal);
    } else if (scanner.match(/&&|\|\||\|/y) !== undefined) {
      what ??= 'is a condition or a pipe of commands, which are not run';
      commandBegins = continues = true;
      continue;
    } else if (scanner.match(/;;?|&/y) !== undefined) {
      if (open.length === 0) return what ?? 'is a command, which is not run';
      commandBegins = true;
    } else if (commandBegins && open.at(-1) !== 'esac' && scanner.sees('(')) {
      what ??= 'is a group of commands, which are not run';
      skipBalanced(scanner, 0);
      commandBegins = false;
    } else if (scanner.match(/[<>]+/y) !== undefined) {
      commandBegins = false;
    } else if (scanner.match(/[()]/y) !== undefined) {
      // A pattern of `case`, an array, the parentheses of a function.
      commandBegins = true;
    } else {
      const { source } = readWord(scanner);
      if (commandBegins) what ??= kindOf(source, scanner);
      const closing = commandBegins ? CLOSED_BY[source] : undefined;
      if (closing !== undefined) open.push(closing);
      else if (commandBegins && source === open.at(-1)) open.pop();
      if (source.endsWith('=') && scanner.sees('(')) skipBalanced(scanner, 0);
      // The body of a function may begin on the next line.
      const isFunction: boolean =
        (commandBegins && source === 'function' && scanner.match(/\s+[^\s(]+\s*/y) !== undefined) ||
        FUNCTION.test(restOf(scanner));
      if (isFunction) scanner.match(/\s*(\([^\S\n]*\)\s*)?/y);
      commandBegins = isFunction || BEFORE_COMMAND.includes(source);
    }
    continues = false;
  }
}

const restOf = (scanner: Scanner): string => scanner.text.slice(scanner.at, scanner.at + 40);

function kindOf(word: string, scanner: Scanner): string {
  if (word === 'if' || word === 'case') return 'is a condition, which only a shell can judge';
  if (['for', 'while', 'until', 'select'].includes(word)) return 'is a loop, which is not run';
  if (FUNCTION.test(restOf(scanner)) || word === 'function')
    return 'is a function, which is not run';
  if (/^[A-Za-z_]\w*\+?=$/.test(word) && scanner.sees('(')) return 'is an array of the shell';
  if (word === '.' || word === 'source') return 'includes a file, but not by its name alone';
  if (word === '{') return 'is a group of commands, which are not run';
  if (/^[A-Za-z_]\w*$/.test(word) && /^[^\S\n]+=/.test(restOf(scanner)))
    return 'is no assignment: there is a blank before the "="';
  return 'is a command, which is not run';
}

function skipHeredoc(scanner: Scanner, delimiter: string): void {
  while (!scanner.done) {
    const line = scanner.match(/[^\n]*/y) ?? '';
    scanner.take('\n');
    if (line.replace(/^\t+/, '') === delimiter) return;
  }
}
