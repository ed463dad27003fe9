import { CollectionIndex } from '../config/collection-index.ts';
import { DiagnosticList } from '../config/diagnostics.ts';
import { typeLabel, type OptionDeclaration } from '../config/option-declaration.ts';
import { searchPaths } from '../config/search-paths.ts';
import { redact } from '../config/secrets.ts';
import { SETTING_NAMES, shownDefault, settingSchemas } from '../config/settings.ts';
import { showValue } from './text.ts';

/** docs/options.md: every setting and every option of the shipped collections. */
export function optionsPage(projectDir: string): string {
  const paths = searchPaths({ projectDir, workingDir: projectDir });
  const shipped = new CollectionIndex({
    ...paths,
    collections: paths.collections.filter((folder) => !folder.endsWith('/local')),
  });
  const diagnostics = new DiagnosticList();
  const collections = shipped.all(diagnostics);
  diagnostics.throwIfAny();
  return [
    '# Settings and options',
    '',
    'Made by `npm run docs` from the settings of the program and the collections; do not edit. The same',
    'for one option, with where its value comes from: `./mkimage explain OPTION PROFILE`.',
    '',
    '## Settings',
    '',
    'Top-level keys of a profile or of `profiles/local/defaults.yml`; `--set NAME=VALUE` works, too.',
    '',
    '| setting | default | what it does |',
    '| --- | --- | --- |',
    ...SETTING_NAMES.map((name) =>
      row([`\`${name}\``, code(shownDefault(name)), settingSchemas[name].description ?? '']),
    ),
    '',
    ...collections.flatMap(({ name, file }) => {
      const options = Object.entries(file.options ?? {});
      if (options.length === 0) return [];
      return [
        `## ${name}`,
        '',
        `${file.summary}. See [its README](../collections/${name}/README.md).`,
        '',
        '| option | type | default | what it does |',
        '| --- | --- | --- | --- |',
        ...options.flatMap(([option, declaration]) => optionRows(option, declaration)),
        '',
      ];
    }),
  ].join('\n');
}

function optionRows(name: string, declaration: OptionDeclaration): string[] {
  const remarks = [
    declaration.description ?? '',
    declaration.merge === 'append' ? 'Values of several layers are joined.' : '',
    declaration.secret === true ? 'Secret: text, `{file: …}` or `{env: …}`.' : '',
  ];
  const inner = declaration.items ?? declaration.values ?? declaration;
  return [
    row([
      `\`${name}\``,
      typeLabel({ ...declaration }),
      code(redact(declaration, declaration.default)),
      remarks.filter((text) => text !== '').join(' '),
    ]),
    ...Object.entries(inner.properties ?? {}).map(([property, own]) =>
      row([
        `&nbsp;&nbsp;\`.${property}\``,
        `${typeLabel(own)}${own.required === true ? ', required' : ''}`,
        own.default === undefined ? '' : code(own.default),
        own.description ?? '',
      ]),
    ),
  ];
}

const code = (value: unknown): string => (value === undefined ? '' : `\`${showValue(value)}\``);
const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
