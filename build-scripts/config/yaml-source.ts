import { CORE_SCHEMA, constructFromEvents, parseEvents, YAMLException } from 'js-yaml';
import { readText } from '../host/read-files.ts';
import type { DiagnosticList, Location } from './diagnostics.ts';
import { explainYaml } from './yaml-mistakes.ts';
import { indexSpans, locationOf, pathKey, type Spans, type YamlPath } from './yaml-positions.ts';

export type { YamlPath } from './yaml-positions.ts';

/** A parsed YAML (or JSON) text that still knows where each value stands. */
export interface YamlDocument {
  /** As shown to the user. */
  readonly file: string;
  readonly value: unknown;
  /**
   * The place of a key or value. A path that is not in the document gives its nearest existing
   * ancestor. The top of the document is line 1 without a text to show.
   */
  locate(path: YamlPath, part?: 'key' | 'value'): Location;
}

/**
 * Reads and parses a configuration file.
 *
 * @param file absolute path
 * @param shown the path as it is shown to the user
 * @returns undefined after adding a diagnostic when it can not be read or is not YAML
 */
export function readYaml(
  file: string,
  shown: string,
  diagnostics: DiagnosticList,
): YamlDocument | undefined {
  let text;
  try {
    text = readText(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    diagnostics.add({
      message: `the file can not be read (${READ_ERRORS[code ?? ''] ?? (error as Error).message})`,
      where: shown,
    });
    return undefined;
  }
  return parseYaml(text, shown, diagnostics);
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its symlinks lead in a circle',
  ENOENT: 'it does not exist',
};

/**
 * Parses one YAML document.
 *
 * @returns undefined after adding a diagnostic when the text is not YAML, has several documents,
 * or repeats a key.
 */
export function parseYaml(
  source: string,
  file: string,
  diagnostics: DiagnosticList,
): YamlDocument | undefined {
  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  try {
    const events = parseEvents(text, {});
    const spans = indexSpans(text, events);
    for (const { key, first, second } of spans.duplicates) {
      diagnostics.add({
        message: `"${key}" is there twice`,
        hint: `the first one is in line ${locationOf(text, file, first).line}; keep one of them`,
        at: locationOf(text, file, second),
      });
    }
    if (spans.duplicates.length > 0) return undefined;
    const values = constructFromEvents(events, { source: text, schema: CORE_SCHEMA });
    if (values.length > 1) {
      diagnostics.add({
        message: 'the file holds several YAML documents, only one is allowed',
        hint: 'remove the "---" lines between them',
        where: file,
      });
      return undefined;
    }
    return { file, value: values[0] ?? null, locate: locator(text, file, spans) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const position = Math.min(error.mark?.position ?? 0, text.length);
    const { message, hint, ...span } = explainYaml(text, position, error.reason);
    diagnostics.add({ message, hint, at: locationOf(text, file, span) });
    return undefined;
  }
}

function locator(text: string, file: string, spans: Spans): YamlDocument['locate'] {
  return (path, part = 'value') => {
    for (let depth = path.length; depth > 0; depth--) {
      const key = pathKey(path.slice(0, depth));
      const span =
        (part === 'key' || depth < path.length ? spans.keys.get(key) : undefined) ??
        spans.values.get(key);
      if (span !== undefined) return locationOf(text, file, span);
    }
    return { file, line: 1, column: 1, length: 1, text: '' };
  };
}
