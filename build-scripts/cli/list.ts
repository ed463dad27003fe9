import { CollectionIndex } from '../config/collection-index.ts';
import { DiagnosticList } from '../config/diagnostics.ts';
import { listProfileNames } from '../config/list-profiles.ts';
import { loadProfileChain } from '../config/load-profile.ts';
import { typeLabel } from '../config/option-declaration.ts';
import { redact } from '../config/secrets.ts';
import { SETTING_NAMES, shownDefault, settingSchemas } from '../config/settings.ts';
import { OUTPUT_FORMATS } from '../outputs/index.ts';
import { pathsOf, type CommonArguments } from './common.ts';
import { showValue, table } from './text.ts';

type What = 'profiles' | 'collections' | 'options' | 'outputs';

/** `mkimage list`: names, one a line, with what they are. Unreadable files are left to `check`. */
export function list(args: ListArguments): Promise<number> {
  process.stdout.write(`${listing(args).join('\n')}\n`);
  return Promise.resolve(0);
}

type ListArguments = CommonArguments & { readonly what: What };

export function listing(args: ListArguments): string[] {
  const paths = pathsOf(args);
  const collections = () => new CollectionIndex(paths).all(new DiagnosticList());
  const rows: Record<What, () => string[][]> = {
    profiles: () =>
      listProfileNames(paths).map((name) => [
        name,
        loadProfileChain(
          `profiles/${name}`,
          { ...paths, workingDir: paths.projectDir },
          new DiagnosticList(),
        ).at(-1)?.file.description ?? '',
      ]),
    collections: () => collections().map(({ name, file }) => [name, file.summary]),
    options: () => [
      ...SETTING_NAMES.map((name) => [
        name,
        'setting',
        showValue(shownDefault(name)),
        settingSchemas[name].description ?? '',
      ]),
      ...collections()
        .flatMap(({ file }) => Object.entries(file.options ?? {}))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, declaration]) => [
          name,
          shorten(typeLabel(declaration)),
          showValue(redact(declaration, declaration.default)),
          declaration.description,
        ]),
    ],
    outputs: () => OUTPUT_FORMATS.map(({ name, description }) => [name, description]),
  };
  return table(rows[args.what]());
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
