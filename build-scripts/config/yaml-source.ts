import {
  CORE_SCHEMA,
  constructFromEvents,
  getScalarValue,
  parseEvents,
  YAMLException,
  type Event,
} from 'js-yaml';
import type { DiagnosticList, Location } from './diagnostics.ts';

/** Steps from the top of a document to a value: mapping keys and sequence indices. */
export type YamlPath = readonly (string | number)[];

/** A parsed YAML (or JSON) text that still knows where each value stands. */
export interface YamlDocument {
  /** As shown to the user. */
  readonly file: string;
  readonly value: unknown;
  /**
   * The place of a key or value. A path that is not in the document gives its nearest existing
   * ancestor, so that a missing key points at the mapping that lacks it.
   */
  locate(path: YamlPath, part?: 'key' | 'value'): Location;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

// Event numbers of js-yaml 5 (EVENT_ID); its constants are typed as plain numbers.
const SEQUENCE = 2;
const MAPPING = 3;
const SCALAR = 4;
const ALIAS = 5;
const POP = 6;

/**
 * Parses one YAML document.
 *
 * @returns undefined after adding a diagnostic when the text is not YAML, has several documents,
 * or repeats a key.
 */
export function parseYaml(
  text: string,
  file: string,
  diagnostics: DiagnosticList,
): YamlDocument | undefined {
  const locateOffset = (start: number, end: number): Location =>
    offsetToLocation(text, file, start, end);
  try {
    const events = parseEvents(text, {});
    const values = constructFromEvents(events, { source: text, schema: CORE_SCHEMA });
    if (values.length > 1) {
      diagnostics.add({
        message: 'the file holds several YAML documents, only one is allowed',
        hint: 'remove the "---" lines between them',
        where: file,
      });
      return undefined;
    }
    const spans = indexSpans(text, events);
    return {
      file,
      value: values[0] ?? null,
      locate(path, part = 'value') {
        for (let depth = path.length; depth >= 0; depth--) {
          const key = pathKey(path.slice(0, depth));
          const span =
            (part === 'key' || depth < path.length ? spans.keys.get(key) : undefined) ??
            spans.values.get(key);
          if (span !== undefined) return locateOffset(span.start, span.end);
        }
        return locateOffset(0, 0);
      },
    };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const position = Math.min(error.mark?.position ?? 0, text.length);
    diagnostics.add({
      message: `not valid YAML: ${error.reason}`,
      hint: yamlHint(text, position),
      at: locateOffset(position, position + 1),
    });
    return undefined;
  }
}

function yamlHint(text: string, position: number): string | undefined {
  const line = text.slice(text.lastIndexOf('\n', position - 1) + 1).split('\n', 1)[0] ?? '';
  if (line.includes('\t')) return 'YAML is indented with spaces, this line holds a tab';
  if (/^\s*[^"'#]*:[^\s]/.test(line) && !line.includes('://')) return 'put a space after the colon';
  return undefined;
}

const pathKey = (path: YamlPath): string => JSON.stringify(path);

function indexSpans(
  text: string,
  events: readonly Event[],
): { keys: Map<string, Span>; values: Map<string, Span> } {
  const keys = new Map<string, Span>();
  const values = new Map<string, Span>();
  let index = 1; // 0 is the document event

  const spanOf = (event: Event): Span => {
    if (event.type === SCALAR) {
      if (event.valueStart < 0) return { start: -1, end: -1 };
      // Quotes belong to the value for a reader.
      const quoted = /["']/.test(text[event.valueStart - 1] ?? '') && event.style !== 1;
      const trimmedEnd =
        event.valueStart + text.slice(event.valueStart, event.valueEnd).split('\n', 1)[0]!.length;
      return quoted
        ? { start: event.valueStart - 1, end: Math.min(event.valueEnd, trimmedEnd) + 1 }
        : { start: event.valueStart, end: trimmedEnd };
    }
    if (event.type === MAPPING || event.type === SEQUENCE) {
      const lineEnd = text.indexOf('\n', event.start);
      return { start: event.start, end: lineEnd < 0 ? text.length : lineEnd };
    }
    if (event.type === ALIAS) return { start: event.anchorStart - 1, end: event.anchorEnd };
    return { start: 0, end: 0 };
  };

  const visit = (path: YamlPath, keySpan: Span | undefined): void => {
    const event = events[index++];
    if (event === undefined) return;
    const own = spanOf(event);
    // An absent value ("key:" alone) is shown at its key.
    values.set(pathKey(path), own.start < 0 ? (keySpan ?? { start: 0, end: 0 }) : own);
    if (event.type === SEQUENCE) {
      for (let i = 0; events[index] !== undefined && events[index]!.type !== POP; i++) {
        visit([...path, i], undefined);
      }
      index++;
    } else if (event.type === MAPPING) {
      while (events[index] !== undefined && events[index]!.type !== POP) {
        const keyEvent = events[index]!;
        if (keyEvent.type !== SCALAR) {
          visit([...path, '<complex key>'], undefined);
          visit([...path, '<complex key>'], undefined);
          continue;
        }
        index++;
        const child = [...path, getScalarValue(text, keyEvent)];
        const span = spanOf(keyEvent);
        keys.set(pathKey(child), span);
        visit(child, span);
      }
      index++;
    }
  };
  visit([], undefined);
  return { keys, values };
}

function offsetToLocation(text: string, file: string, start: number, end: number): Location {
  const from = Math.max(0, Math.min(start, text.length));
  const lineStart = from === 0 ? 0 : text.lastIndexOf('\n', from - 1) + 1;
  const lineEndIndex = text.indexOf('\n', from);
  const lineEnd = lineEndIndex < 0 ? text.length : lineEndIndex;
  return {
    file,
    line: text.slice(0, lineStart).split('\n').length,
    column: from - lineStart + 1,
    length: Math.max(1, Math.min(end, lineEnd) - from),
    text: text.slice(lineStart, lineEnd).replace(/\r$/, ''),
  };
}
