import { CollectionIndex } from '../config/collection-index.ts';
import { DiagnosticList } from '../config/diagnostics.ts';
import { valueSchema } from '../config/option-declaration.ts';
import { SETTING_NAMES, settingSchemas } from '../config/settings.ts';
import { problemsOf } from '../config/validate.ts';
import type { Catalog } from '../import-reference/draft.ts';
import { pathsOf, type CommonArguments } from './common.ts';

/** What the collections on the search paths have to offer. */
export function catalogOf(args: CommonArguments): Catalog {
  const index = new CollectionIndex(pathsOf(args));
  const all = index.all(new DiagnosticList());
  const owners = new Map(
    all.flatMap(({ name, file }) => Object.keys(file.options ?? {}).map((own) => [own, name])),
  );
  return {
    hasCollection: (name) => index.has(name),
    owner: (option) => owners.get(option),
    closure: (names, wants) => {
      const found = new Set<string>();
      const visit = (name: string): void => {
        if (found.has(name)) return;
        found.add(name);
        const file = index.peek(name)?.file;
        for (const next of file?.requires ?? []) visit(next);
        if (wants) for (const next of file?.wants ?? []) visit(next);
      };
      names.forEach(visit);
      return found;
    },
    valueWithout: (option, names) => {
      const set = [...names].map((name) => index.peek(name)?.file.set?.[option]);
      return set.find((value) => value !== undefined) ?? index.declaration(option)?.default;
    },
    problem: (name, value) => {
      const setting = SETTING_NAMES.find((own) => own === name);
      const declaration = index.declaration(name);
      const schema =
        setting !== undefined
          ? settingSchemas[setting]
          : declaration === undefined
            ? undefined
            : valueSchema(declaration);
      return schema === undefined ? undefined : problemsOf(schema, value)[0]?.message;
    },
  };
}
