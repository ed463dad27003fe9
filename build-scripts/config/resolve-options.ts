import path from 'node:path';
import type { Collection } from './collection.ts';
import type { CollectionIndex } from './collection-index.ts';
import type { Diagnostic, DiagnosticList, Location } from './diagnostics.ts';
import { valueAt } from './describe-issue.ts';
import { fillDefaults } from './fill-defaults.ts';
import { moveHostFiles } from './host-files.ts';
import { joinValues } from './join-values.ts';
import type { Origin, OriginKind, Resolved } from './layers.ts';
import { valueSchema, type OptionDeclaration } from './option-declaration.ts';
import { environmentName } from './option-environment.ts';
import { reportUndeclared } from './report-undeclared.ts';
import { holdsSecret, mapSecrets } from './secrets.ts';
import { problemsOf } from './validate.ts';
import type { YamlDocument, YamlPath } from './yaml-source.ts';

/** A declared option with the value it has in this profile; undefined: unset. */
export interface ResolvedOption extends Resolved<unknown> {
  readonly name: string;
  readonly declaration: OptionDeclaration;
  /** The collection that declares it. */
  readonly collection: string;
  /** Absolute: what relative host files in the value count from; undefined: the profile's folder. */
  readonly directory?: string | undefined;
}

/** Values for options from one place: a collection's `set:`, site defaults, a profile, a `--set`. */
export interface OptionLayer {
  readonly kind: OriginKind;
  readonly name?: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
  /** Where the values stand in a file; none for the command line. */
  readonly source?: { readonly document: YamlDocument; readonly path: YamlPath } | undefined;
  /** For messages about values that stand in no file. */
  readonly where?: string | undefined;
  /** What the files of secrets are relative to. */
  readonly directory: string;
  /** A `--set`: whether it was given with `+=`, and the value as it was typed. */
  readonly typed?: { readonly append: boolean; readonly text: string } | undefined;
}

export interface OptionContext {
  readonly collections: readonly Collection[];
  readonly index: CollectionIndex;
  /** Whether all collections that the profile wants were found; else options may be unknown for that. */
  readonly complete: boolean;
}

/** Layers values over the declared defaults, checks each value, and keeps where it came from. */
export function resolveOptions(
  context: OptionContext,
  layers: readonly OptionLayer[],
  diagnostics: DiagnosticList,
): Map<string, ResolvedOption> {
  const options = declareOptions(context.collections, diagnostics);
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer.values)) {
      const option = options.get(name);
      if (option === undefined)
        reportUndeclared(name, layer, placeOf(layer, [name], 'key'), context, diagnostics);
      else options.set(name, applyValue(option, value, layer, diagnostics));
    }
  }
  return options;
}

function placeOf(
  { source, where }: OptionLayer,
  inner: YamlPath,
  part: 'key' | 'value',
): Pick<Diagnostic, 'at' | 'where'> {
  return source === undefined
    ? { where }
    : { at: source.document.locate([...source.path, ...inner], part) };
}

function declareOptions(
  collections: readonly Collection[],
  diagnostics: DiagnosticList,
): Map<string, ResolvedOption> {
  const options = new Map<string, ResolvedOption>();
  const declared = new Map<string, { readonly collection: string; readonly at: Location }>();
  const byVariable = new Map<string, string>();
  for (const { name: collection, file, document } of collections) {
    for (const [name, declaration] of Object.entries(file.options ?? {})) {
      const at = document.locate(['options', name], 'key');
      const earlier = declared.get(name);
      if (earlier !== undefined) {
        diagnostics.add({
          message: `option "${name}" is declared twice, by collection "${earlier.collection}" and by "${collection}"`,
          hint: `the other declaration is at ${earlier.at.file}:${earlier.at.line}; to give a value use "set:" instead of "options:"`,
          at,
        });
        continue;
      }
      const variable = environmentName(name);
      const twin = byVariable.get(variable);
      if (twin !== undefined) {
        diagnostics.add({
          message: `options "${twin}" and "${name}" would both reach hooks as ${variable}`,
          hint: 'rename one of them',
          at,
        });
      }
      byVariable.set(variable, name);
      declared.set(name, { collection, at });
      options.set(name, {
        name,
        collection,
        declaration,
        value: fillDefaults(declaration, declaration.default),
        origins: [{ kind: 'collection default', name: collection, at }],
      });
    }
  }
  return options;
}

function applyValue(
  option: ResolvedOption,
  given: unknown,
  layer: OptionLayer,
  diagnostics: DiagnosticList,
): ResolvedOption {
  const { name, declaration } = option;
  const { kind, typed } = layer;
  const at = layer.source?.document.locate([...layer.source.path, name], 'key');
  const origin: Origin = { kind, name: layer.name, at };
  // "name:" without a value, or null, unsets an option and drops what lower layers appended.
  if (given === null)
    return { ...option, value: declaration.type === 'list' ? [] : undefined, origins: [origin] };
  if (typed?.append === true && declaration.type !== 'list' && declaration.type !== 'map') {
    diagnostics.add({
      message: `"+=" adds to lists and maps, but option "${name}" has type ${declaration.type}`,
      hint: `write --set ${name}=…`,
      where: layer.where,
    });
    return option;
  }
  const value = typed === undefined ? given : asTyped(declaration, given, typed);
  if (!check(option, value, layer, diagnostics)) return option;
  // Where entries are joined, what a layer does not say must not replace what a lower one says.
  const said = declaration.unique === undefined ? fillDefaults(declaration, value) : value;
  const own = mapSecrets(declaration, said, (secret) =>
    typeof secret === 'object' && 'file' in secret
      ? { file: path.resolve(layer.directory, secret.file) }
      : secret,
  );
  const joins = typed === undefined ? declaration.merge === 'append' : typed.append;
  const { directory } = layer;
  if (!joins || option.value === undefined)
    return { ...option, value: fillDefaults(declaration, own), origins: [origin], directory };
  const contributors = isEmpty(option.value) ? [] : option.origins;
  const before =
    option.directory === undefined
      ? option.value
      : moveHostFiles(declaration, option.value, option.directory, directory);
  return {
    ...option,
    value: fillDefaults(declaration, joinValues(before, own, declaration.unique)),
    origins: [...contributors, origin],
    directory,
  };
}

/** On a command line `007` is a text where a text is wanted, and `+=x` adds one entry. */
function asTyped(
  declaration: OptionDeclaration,
  value: unknown,
  typed: { readonly append: boolean; readonly text: string },
): unknown {
  const text = (inner: OptionDeclaration): boolean =>
    inner.type === 'string' && (typeof value !== 'object' || inner.secret !== true);
  if (declaration.type === 'list' && typed.append && !Array.isArray(value))
    return [text(declaration.items ?? { type: 'string' }) ? typed.text : value];
  return text(declaration) ? typed.text : value;
}

function check(
  option: ResolvedOption,
  value: unknown,
  layer: OptionLayer,
  diagnostics: DiagnosticList,
): boolean {
  const { name, declaration } = option;
  const problems = problemsOf(valueSchema(declaration), value);
  const secrets = new Set<string>();
  for (const { path: whole, part, message, hint } of problems) {
    const secretPath = secretAround(declaration, whole);
    const secret = secretPath !== undefined;
    const inner = secretPath ?? whole;
    // What exactly is wrong with it is not told, so once is enough.
    if (secret && secrets.has(JSON.stringify(inner))) continue;
    if (secret) secrets.add(JSON.stringify(inner));
    const place = placeOf(layer, [name, ...inner], secret ? 'value' : part);
    diagnostics.add({
      message: `option "${name}"${withinOption(inner, part)}: ${secret ? 'not a valid secret' : withoutText(name, message)}`,
      hint: secret
        ? 'write text, {file: PATH} or {env: NAME}'
        : ((quotesHelp(declaration, inner, value) ? hint : undefined) ??
          descriptionAt(option, inner)),
      ...place,
      // The source line of a mistake within a secret, or beside one, would show it.
      ...(place.at !== undefined && holdsSecret(declaration)
        ? { at: secret ? { ...place.at, text: '' } : withoutSecrets(place.at, declaration, value) }
        : {}),
    });
  }
  return problems.length === 0;
}

/** A passphrase in place of where it is to be read from is nobody's business, either. */
const withoutText = (name: string, message: string): string =>
  /(password|passphrase)$/.test(name) ? message.replace(/, got ".*"$/s, ', got text') : message;

/** Not of a number or a truth value that would be refused as a text, too. */
function quotesHelp(declaration: OptionDeclaration, inner: YamlPath, value: unknown): boolean {
  const own = inner.reduce<OptionDeclaration | undefined>(innerDeclaration, declaration);
  const wrong = valueAt(value, inner);
  if (own?.type !== 'string' || !['number', 'boolean'].includes(typeof wrong)) return true;
  return problemsOf(valueSchema(own), String(wrong)).length === 0;
}

/** A short value says too little; the description says what was asked for. */
function descriptionAt({ name, declaration }: ResolvedOption, inner: YamlPath): string | undefined {
  let hint = declaration.description && `${name}: ${declaration.description}`;
  let current: OptionDeclaration | undefined = declaration;
  for (const step of inner) {
    current = innerDeclaration(current, step);
    if (current?.description) hint = `${name}, ${step}: ${current.description}`;
  }
  return hint;
}

const innerDeclaration = (
  declaration: OptionDeclaration | undefined,
  step: string | number,
): OptionDeclaration | undefined =>
  declaration?.items ?? declaration?.values ?? declaration?.properties?.[step];

/** `[1, uid]` → `, entry 2, uid`: people count from one. */
function withinOption(inner: YamlPath, part: 'key' | 'value'): string {
  // An unknown key is named by the message itself.
  const steps = part === 'key' && typeof inner.at(-1) === 'string' ? inner.slice(0, -1) : inner;
  return steps.map((step) => `, ${typeof step === 'number' ? `entry ${step + 1}` : step}`).join('');
}

/** The path of the secret that a mistake is in. */
function secretAround(declaration: OptionDeclaration, inner: YamlPath): YamlPath | undefined {
  let current: OptionDeclaration | undefined = declaration;
  for (let length = 0; current !== undefined; length++) {
    if (current.secret === true) return inner.slice(0, length);
    const step = inner[length];
    current = step === undefined ? undefined : innerDeclaration(current, step);
  }
  return undefined;
}

function withoutSecrets(at: Location, declaration: OptionDeclaration, value: unknown): Location {
  let { text } = at;
  try {
    mapSecrets(declaration, value, (secret) => {
      if (typeof secret === 'string' && secret !== '')
        text = text.replaceAll(secret, '*'.repeat(secret.length));
      return secret;
    });
  } catch {
    // The value has another shape than its declaration.
    text = '';
  }
  return { ...at, text };
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
