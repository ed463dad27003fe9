import { readText } from '../host/read-files.ts';
import { UserError } from '../host/errors.ts';
import type { DiagnosticList } from './diagnostics.ts';
import { renderTemplate } from './render-template.ts';
import { displayPath, type SearchPaths } from './search-paths.ts';
import { templateMistake } from './template-mistake.ts';
import { parseYaml, type YamlDocument } from './yaml-source.ts';

/** What became of a template. */
export interface RenderedYaml {
  readonly document: YamlDocument;
  readonly text: string;
}

/**
 * A template of a collection that gives YAML. Mistakes in what comes out are shown with the rendered
 * line; templates name their options there, in comments.
 *
 * @returns undefined when there are mistakes, which were reported
 */
export function renderYaml(
  file: string,
  variables: Record<string, unknown>,
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): RenderedYaml | undefined {
  const shown = displayPath(file, paths);
  const template = readText(file);
  try {
    const text = renderTemplate(template, shown, variables);
    const document = parseYaml(text, `${shown} (rendered)`, diagnostics);
    return document && { document, text };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    diagnostics.add(templateMistake(error, shown, template, namesOf(variables)));
    return undefined;
  }
}

/** `ssh.port` … of what `templateVariables` made of them. */
function namesOf(variables: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(variables).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? [name, ...namesOf(value as Record<string, unknown>).map((inner) => `${name}.${inner}`)]
      : [name],
  );
}
