import { readFileSync } from 'node:fs';
import { checkConditions } from '../config/check-conditions.ts';
import { CollectionIndex } from '../config/collection-index.ts';
import type { Collection } from '../config/collection.ts';
import {
  ConfigError,
  DiagnosticList,
  type Diagnostic,
  type Location,
} from '../config/diagnostics.ts';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import { orderCollections } from '../config/order-collections.ts';
import { displayPath, type SearchPaths } from '../config/search-paths.ts';
import { selectCollections } from '../config/select-collections.ts';
import { CommandError, UserError } from '../host/errors.ts';
import { runCommand } from '../host/process.ts';
import { renderTemplate, templateVariables } from '../config/render-template.ts';
import { templateMistake } from '../config/template-mistake.ts';
import { diskMistakes, outputMistakes } from './check-profile.ts';

export interface Findings {
  readonly mistakes: readonly Diagnostic[];
  /** How many collections were looked at. */
  readonly collections: number;
}

/**
 * Everything that can be found wrong without building.
 *
 * @param profiles names or paths, each resolved by `resolve`
 * @param everything also collections that none of the profiles uses
 */
export async function findMistakes(
  profiles: readonly string[],
  resolve: (profile: string) => ResolvedProfile,
  paths: SearchPaths,
  everything: boolean,
): Promise<Findings> {
  const mistakes: Diagnostic[] = [];
  const collections = new Map<string, Collection>();
  for (const name of profiles) {
    try {
      const profile = resolve(name);
      for (const { collection } of profile.collections)
        collections.set(collection.directory, collection);
      mistakes.push(
        ...checkTemplates(profile, paths),
        ...outputMistakes(profile, paths),
        ...diskMistakes(profile),
      );
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      mistakes.push(...error.diagnostics);
    }
  }
  if (everything) {
    const diagnostics = new DiagnosticList();
    const index = new CollectionIndex(paths);
    index.reportMissingFolders(diagnostics);
    for (const collection of index.all(diagnostics)) {
      if (!collections.has(collection.directory)) checkUnused(collection, index, diagnostics);
      collections.set(collection.directory, collection);
      checkConditions(
        collection,
        {
          names: Object.keys(collection.file.options ?? {}),
          declaration: (n) => index.declaration(n),
        },
        diagnostics,
      );
    }
    mistakes.push(...diagnostics.items);
  }
  for (const collection of collections.values())
    mistakes.push(...(await checkScripts(collection, paths)));
  return { mistakes, collections: collections.size };
}

/** What a profile would find out: collections it requires that do not exist, and cycles. */
function checkUnused(
  { name }: Collection,
  index: CollectionIndex,
  diagnostics: DiagnosticList,
): void {
  const { selected } = selectCollections([{ name }], index, diagnostics, 'open');
  orderCollections(
    selected.map(({ collection }) => collection),
    diagnostics,
  );
}

/** Renders every template with the values the profile has; secrets are rendered as references. */
function checkTemplates(profile: ResolvedProfile, paths: SearchPaths): Diagnostic[] {
  const values = new Map([...profile.options.values()].map(({ name, value }) => [name, value]));
  const variables = templateVariables(profile, values);
  const names = [...values.keys(), 'suite', 'arch', 'profile.name', 'collections'];
  return profile.files
    .filter((file) => file.template)
    .flatMap((file) => {
      const shown = displayPath(file.source, paths);
      const text = readFileSync(file.source, 'utf8');
      try {
        renderTemplate(text, shown, variables);
        return [];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return [templateMistake(error, shown, text, names)];
      }
    });
}

function locationAt(text: string, file: string, line: number, column = 1, length = 1): Location {
  return { file, line, column, length, text: text.split('\n')[line - 1] ?? '' };
}

const SHELLS: Readonly<Record<string, readonly string[]>> = {
  sh: ['sh', '-n'],
  dash: ['sh', '-n'],
  bash: ['bash', '-n'],
};

/** Hooks and tests: there must be a `#!` line, and shell scripts must parse. */
async function checkScripts(collection: Collection, paths: SearchPaths): Promise<Diagnostic[]> {
  const mistakes: Diagnostic[] = [];
  for (const file of [...collection.hooks.map((hook) => hook.path), ...collection.tests]) {
    const shown = displayPath(file, paths);
    const content = readFileSync(file);
    const [first = ''] = content.toString('latin1').split('\n', 1);
    const isProgram = content.subarray(0, 4).toString('latin1') === '\x7fELF';
    const interpreter = /^#!\s*(?:\/usr\/bin\/env\s+)?(\S+)/.exec(first)?.[1];
    if (interpreter === undefined) {
      if (!isProgram)
        mistakes.push({
          message: 'the script does not say what runs it',
          hint: 'begin it with a line like #!/bin/sh',
          where: shown,
        });
      continue;
    }
    const shell = SHELLS[interpreter.split('/').at(-1) ?? ''];
    if (shell === undefined) continue;
    try {
      await runCommand([...shell, file]);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      mistakes.push(shellMistake(error.lastLines[0] ?? '', file, shown, content.toString()));
    }
  }
  return mistakes;
}

/** @param complaint `FILE: 3: Syntax error: …` of dash or `FILE: line 3: syntax error …` of bash */
function shellMistake(complaint: string, file: string, shown: string, text: string): Diagnostic {
  const own = complaint.replace(`${file}: `, '');
  const [, line, reason] = /^(?:line )?(\d+): (?:syntax error:? )?(.*)$/i.exec(own) ?? [];
  if (line === undefined) return { message: `not valid shell: ${own}`, where: shown };
  const at = locationAt(text, shown, Number(line));
  const indent = at.text.length - at.text.trimStart().length;
  return {
    message: `not valid shell: ${reason ?? own}`,
    at: { ...at, column: indent + 1, length: Math.max(1, at.text.length - indent) },
  };
}
