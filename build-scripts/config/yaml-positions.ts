import { getScalarValue, type Event } from 'js-yaml';
import type { Location } from './diagnostics.ts';

/** Steps from the top of a document to a value: mapping keys and sequence indices. */
export type YamlPath = readonly (string | number)[];

/** Offsets into the text, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface DuplicateKey {
  readonly key: string;
  readonly first: Span;
  readonly second: Span;
}

/** Where every key and value of a document stands. */
export interface Spans {
  readonly keys: ReadonlyMap<string, Span>;
  readonly values: ReadonlyMap<string, Span>;
  readonly duplicates: readonly DuplicateKey[];
}

export const pathKey = (path: YamlPath): string => JSON.stringify(path);

// Event numbers of js-yaml 5 (EVENT_ID); its constants are typed as plain numbers.
const SEQUENCE = 2;
const MAPPING = 3;
const SCALAR = 4;
const ALIAS = 5;
const POP = 6;
// Scalar styles of js-yaml 5.
const SINGLE_QUOTED = 2;
const DOUBLE_QUOTED = 3;

/** @param events of the first document of `text`, starting with its document event */
export function indexSpans(text: string, events: readonly Event[]): Spans {
  const keys = new Map<string, Span>();
  const values = new Map<string, Span>();
  const duplicates: DuplicateKey[] = [];
  let index = 1;

  const atEnd = (): boolean => events[index] === undefined || events[index]?.type === POP;

  const visit = (path: YamlPath, keySpan: Span | undefined): void => {
    const event = events[index++];
    if (event === undefined) return;
    // An absent value ("key:" alone) is shown at its key.
    values.set(pathKey(path), spanOf(text, event) ?? keySpan ?? { start: 0, end: 0 });
    if (event.type === SEQUENCE) {
      for (let i = 0; !atEnd(); i++) visit([...path, i], undefined);
      index++;
    } else if (event.type === MAPPING) {
      while (!atEnd()) visitEntry(path);
      index++;
    }
  };

  const visitEntry = (path: YamlPath): void => {
    const event = events[index];
    if (event?.type !== SCALAR) {
      // A list or mapping as key: js-yaml refuses the document afterwards.
      visit([...path, '<complex key>'], undefined);
      visit([...path, '<complex key>'], undefined);
      return;
    }
    index++;
    const key = getScalarValue(text, event);
    const child = [...path, key];
    const second = spanOf(text, event) ?? { start: 0, end: 0 };
    const first = keys.get(pathKey(child));
    if (first === undefined) keys.set(pathKey(child), second);
    else duplicates.push({ key, first, second });
    visit(child, second);
  };

  visit([], undefined);
  return { keys, values, duplicates };
}

/** The part of the text to point at: the first line of a value; undefined when there is no text. */
function spanOf(text: string, event: Event): Span | undefined {
  switch (event.type) {
    case SCALAR: {
      if (event.valueStart < 0) return undefined;
      const end = Math.min(event.valueEnd, lineEnd(text, event.valueStart));
      // Quotes belong to the value for a reader.
      const quoted = event.style === SINGLE_QUOTED || event.style === DOUBLE_QUOTED;
      return quoted
        ? { start: event.valueStart - 1, end: Math.min(end + 1, lineEnd(text, event.valueStart)) }
        : { start: event.valueStart + leadingSpaces(text.slice(event.valueStart, end)), end };
    }
    case MAPPING:
    case SEQUENCE:
      return { start: event.start, end: lineEnd(text, event.start) };
    case ALIAS:
      return { start: event.anchorStart - 1, end: event.anchorEnd };
    default:
      return undefined;
  }
}

const leadingSpaces = (line: string): number => line.length - line.trimStart().length;

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end;
}

export function locationOf(text: string, file: string, { start, end }: Span): Location {
  const from = Math.max(0, Math.min(start, text.length));
  const lineStart = from === 0 ? 0 : text.lastIndexOf('\n', from - 1) + 1;
  const last = lineEnd(text, from);
  return {
    file,
    line: text.slice(0, lineStart).split('\n').length,
    column: from - lineStart + 1,
    length: Math.max(1, Math.min(end, last) - from),
    text: text.slice(lineStart, last),
  };
}
