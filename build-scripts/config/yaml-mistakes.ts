/** A mistake in YAML syntax in words for somebody who does not know the grammar. */
export interface YamlMistake {
  readonly message: string;
  readonly hint?: string | undefined;
  /** Offsets to point at. */
  readonly start: number;
  readonly end: number;
}

const INDENT = 'keys of one mapping and entries of one list start in the same column';

/** What the parser's words mean; it names what it expected, not what the writer did. */
const REASONS: readonly (readonly [RegExp, string, string?])[] = [
  [
    /^end of the stream or a document separator/,
    'this line does not fit the lines above it',
    INDENT,
  ],
  [/^can not read a block mapping entry/, 'this line is not "key: value"'],
  [
    /^deficient indentation/,
    'a bracket or a quote that was opened above is not closed',
    'add the missing "]", "}" or quote; inside brackets and quotes, further lines are indented',
  ],
  [
    /^bad indentation of a sequence entry/,
    'this list entry does not fit the lines above it',
    INDENT,
  ],
  [/^unknown .* tag/, 'text that starts with "!" needs quotes'],
  [/^unidentified alias/, 'text that starts with "*" needs quotes'],
  [
    /^object-based map does not support complex keys/,
    'a list or mapping can not be a key',
    'text that starts with "[", "{" or "?" needs quotes',
  ],
];

/**
 * @param reason of js-yaml
 * @param position offset at which the parser gave up, often only on the line after the mistake
 */
export function explainYaml(text: string, position: number, reason: string): YamlMistake {
  const lineStart = text.lastIndexOf('\n', position - 1) + 1;
  const line = lineAt(text, lineStart);
  const tab = line.indexOf('\t');
  if (tab >= 0 && tab <= position - lineStart) {
    return {
      message: 'a tab, but YAML is indented with spaces',
      hint: 'replace each tab by spaces',
      start: lineStart + tab,
      end: lineStart + tab + 1,
    };
  }
  const tight = [lineStart, previousLine(text, lineStart)]
    .filter((start) => start !== undefined)
    .map((start) => ({ start, match: TIGHT_COLON.exec(lineAt(text, start)) }))
    .find(({ match }) => match !== null);
  if (tight?.match) {
    const colon = tight.start + tight.match[0].length - 1;
    return {
      message: 'no space after the colon',
      hint: 'write it like "key: value"',
      start: colon,
      end: colon + 1,
    };
  }
  const rest = text.slice(position, lineStart + line.length);
  const at = { start: position, end: position + 1 };
  if (reason.startsWith('bad indentation of a mapping entry')) {
    const value = /:\s+([@`%*&!|>])\S/.exec(line);
    if (value !== null) {
      const start = lineStart + value.index + value[0].length - 2;
      const message = `text that starts with "${value[1] ?? ''}" needs quotes`;
      return { message, start, end: start + 1 };
    }
    if (/^:(\s|$)/.test(rest) && /:\s/.test(line.slice(0, position - lineStart)))
      return {
        message: 'a second ": " on one line',
        hint: 'put the text after the first one in quotes',
        ...at,
      };
    return { message: 'this line does not fit the lines above it', hint: INDENT, ...at };
  }
  if (reason.startsWith('deficient indentation')) {
    const above = previousLine(text, lineStart) ?? 0;
    const opening = /[[{][^\]}]*$|(?<=[\s:,])["'][^"']*$/.exec(lineAt(text, above));
    if (opening !== null) {
      const start = above + opening.index;
      return {
        message: `this ${text[start] ?? ''} is not closed`,
        hint: 'further lines inside brackets and quotes must be indented',
        start,
        end: start + 1,
      };
    }
  }
  const known = REASONS.find(([pattern]) => pattern.test(reason));
  return { message: known?.[1] ?? `not valid YAML: ${reason}`, hint: known?.[2], ...at };
}

/** A plain key with text right behind the colon; URLs have slashes there. */
const TIGHT_COLON = /^\s*(?:- +)*[A-Za-z][\w.-]*:(?=[^\s/])/;

function lineAt(text: string, start: number): string {
  return text.slice(start).split('\n', 1)[0] ?? '';
}

/** The start of the closest line above that is not blank. */
function previousLine(text: string, lineStart: number): number | undefined {
  let start = lineStart;
  while (start > 0) {
    start = text.lastIndexOf('\n', start - 2) + 1;
    if (lineAt(text, start).trim() !== '') return start;
  }
  return undefined;
}
