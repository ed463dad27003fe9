import type { Collection } from './collection.ts';
import type { DiagnosticList, Location } from './diagnostics.ts';
import { suggestion } from './did-you-mean.ts';
import { valueSchema, type OptionDeclaration } from './option-declaration.ts';
import { settingSchemas } from './settings.ts';
import { problemsOf } from './validate.ts';
import { whenParts, type When } from './when.ts';

export interface KnownOptions {
  readonly names: readonly string[];
  /** The declaration of an option of any collection, used or not. */
  declaration(name: string): OptionDeclaration | undefined;
}

/** Reports conditions that could never hold: on options nobody declares, or values they never have. */
export function checkConditions(
  { file, document, entries }: Collection,
  known: KnownOptions,
  diagnostics: DiagnosticList,
): void {
  const check = (when: When | undefined, at: Location): void => {
    for (const { name, values } of when === undefined ? [] : whenParts(when)) {
      const schema = schemaOf(name, known);
      if (schema === undefined) {
        diagnostics.add({
          message: `the condition names an unknown option "${name}"`,
          hint: suggestion(name, [...known.names, 'suite', 'arch'], 'options'),
          at,
        });
        continue;
      }
      for (const value of values) {
        const [problem] = problemsOf(schema, value);
        if (problem === undefined) continue;
        diagnostics.add({
          message: `the condition can never hold, "${name}" never has this value: ${problem.message}`,
          hint: problem.hint,
          at,
        });
      }
    }
  };
  file.packages?.forEach((entry, i) => {
    if (typeof entry === 'object') check(entry.when, document.locate(['packages', i, 'when']));
  });
  for (const action of ['enable', 'disable', 'mask'] as const) {
    file.services?.[action]?.forEach((entry, i) => {
      if (typeof entry === 'object')
        check(entry.when, document.locate(['services', action, i, 'when']));
    });
  }
  for (const { ownWhen } of entries) {
    if (ownWhen !== undefined) check(ownWhen.when, ownWhen.at);
  }
}

function schemaOf(name: string, known: KnownOptions): ReturnType<typeof valueSchema> | undefined {
  if (name === 'suite' || name === 'arch') return settingSchemas[name];
  const declaration = known.declaration(name);
  if (declaration === undefined) return undefined;
  return valueSchema(
    declaration.type === 'list' ? (declaration.items ?? { type: 'string' }) : declaration,
  );
}
