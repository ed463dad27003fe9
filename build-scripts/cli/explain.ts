import { CollectionIndex } from '../config/collection-index.ts';
import { ConfigError, DiagnosticList } from '../config/diagnostics.ts';
import { suggestion } from '../config/did-you-mean.ts';
import { formatOrigin, type Origin } from '../config/layers.ts';
import { typeLabel, type OptionDeclaration } from '../config/option-declaration.ts';
import { redact } from '../config/secrets.ts';
import {
  SETTING_NAMES,
  shownDefault,
  settingSchemas,
  type SettingName,
} from '../config/settings.ts';
import { environmentName } from '../config/option-environment.ts';
import { pathsOf, resolve, type CommonArguments } from './common.ts';
import { showValue, table } from './text.ts';

/** `mkimage explain OPTION [PROFILE]`: type, default, description, and where its value comes from. */
export function explain(args: ExplainArguments): Promise<number> {
  process.stdout.write(`${explanation(args).join('\n')}\n`);
  return Promise.resolve(0);
}

type ExplainArguments = CommonArguments & {
  readonly option: string;
  readonly profile?: string | undefined;
};

/** @throws ConfigError when there is no such option */
export function explanation(args: ExplainArguments): string[] {
  const setting = SETTING_NAMES.find((name) => name === args.option);
  return setting === undefined ? explainOption(args) : explainSetting(setting, args);
}

function explainSetting(name: SettingName, args: ExplainArguments): string[] {
  const rows = [
    ['what', settingSchemas[name].description ?? ''],
    ['kind', 'setting of the build: a top-level key of a profile'],
    ['default', showValue(shownDefault(name))],
  ];
  if (args.profile !== undefined) {
    const { value, origins } = resolve(args.profile, args).settings[name];
    rows.push(...valueRows(args.profile, value, origins));
  }
  return [name, ...table(rows).map((line) => `  ${line}`)];
}

function explainOption(args: ExplainArguments): string[] {
  const index = new CollectionIndex(pathsOf(args));
  const collections = index.all(new DiagnosticList());
  const owner = collections.find(({ file }) => file.options?.[args.option] !== undefined);
  const declaration = owner?.file.options?.[args.option];
  if (owner === undefined || declaration === undefined) {
    const known = [
      ...collections.flatMap(({ file }) => Object.keys(file.options ?? {})),
      ...SETTING_NAMES,
    ];
    throw ConfigError.of([
      {
        message: `there is no option "${args.option}"`,
        hint: suggestion(args.option, known, 'options', 'see `mkimage list options`'),
        where: 'command line',
      },
    ]);
  }
  const rows = [
    ['what', declaration.description],
    ['type', typeLabel(declaration)],
    ...propertyRows(declaration),
    ['default', showValue(redact(declaration, declaration.default))],
    ...(declaration.merge === 'append' ? [['merge', 'values of several layers are joined']] : []),
    ...(declaration.secret === true
      ? [['secret', 'text, {file: PATH} or {env: NAME}; never shown']]
      : []),
    [
      'declared',
      `${owner.document.file}:${owner.document.locate(['options', args.option], 'key').line} (collection ${owner.name})`,
    ],
    ['hooks', environmentName(args.option)],
  ];
  if (args.profile !== undefined) {
    const option = resolve(args.profile, args).options.get(args.option);
    if (option === undefined)
      rows.push(['value', `collection "${owner.name}" is not used by ${args.profile}`]);
    else rows.push(...valueRows(args.profile, redact(declaration, option.value), option.origins));
  }
  return [args.option, ...table(rows).map((line) => `  ${line}`)];
}

function propertyRows(declaration: OptionDeclaration): string[][] {
  const properties =
    declaration.items?.properties ?? declaration.values?.properties ?? declaration.properties ?? {};
  return Object.entries(properties).map(([name, property]) => [
    `  .${name}`,
    [typeLabel(property), property.required === true ? 'required' : '', property.description ?? '']
      .filter((part) => part !== '')
      .join(', '),
  ]);
}

function valueRows(profile: string, value: unknown, origins: readonly Origin[]): string[][] {
  return [
    ['value', `${showValue(value)}  in ${profile}`],
    ...origins.map((origin, i) => [i === 0 ? 'from' : '', formatOrigin(origin)]),
  ];
}
