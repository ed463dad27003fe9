import path from 'node:path';
import type { Collection } from './collection.ts';
import type { CollectionIndex } from './collection-index.ts';
import type { DiagnosticList, Location } from './diagnostics.ts';
import { suggestion } from './did-you-mean.ts';
import { environmentName } from './option-environment.ts';
import type { Origin, OriginKind, Resolved } from './layers.ts';
import { valueSchema, type OptionDeclaration } from './option-declaration.ts';
import { mapSecrets } from './secrets.ts';
import { problemsOf } from './validate.ts';
import type { YamlDocument, YamlPath } from './yaml-source.ts';

/** A declared option with the value it has in this profile; undefined: unset. */
export interface ResolvedOption extends Resolved<unknown> {
  readonly name: string;
  readonly declaration: OptionDeclaration;
  /** The collection that declares it. */
  readonly collection: string;
}

/** Values for options from one place: a collection's `set:`, site defaults, a profile, `--set`. */
export interface OptionLayer {
  readonly kind: OriginKind;
  readonly name?: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
  /** Where the values stand, for messages; none for the command line. */
  readonly source?:
    | { readonly document: YamlDocument; readonly path: YamlPath; readonly directory: string }
    | undefined;
  /** Names given with `+=`: joined to what lower layers say; with `=` the command line replaces. */
  readonly appended?: ReadonlySet<string> | undefined;
}

/** Layers `values` over the declared defaults, checks each value, and keeps where it came from. */
export function resolveOptions(
  collections: readonly Collection[],
  layers: readonly OptionLayer[],
  index: CollectionIndex,
  diagnostics: DiagnosticList,
): Map<string, ResolvedOption> {
  const options = declareOptions(collections, diagnostics);
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer.values)) {
      const option = options.get(name);
      if (option === undefined) reportUndeclared(name, layer, options, index, diagnostics);
      else options.set(name, applyValue(option, value, layer, diagnostics));
    }
  }
  return options;
}

function declareOptions(
  collections: readonly Collection[],
  diagnostics: DiagnosticList,
): Map<string, ResolvedOption> {
  const options = new Map<string, ResolvedOption>();
  const places = new Map<string, Location>();
  const environmentNames = new Map<string, string>();
  for (const { name: collection, file, document } of collections) {
    for (const [name, declaration] of Object.entries(file.options ?? {})) {
      const at = document.locate(['options', name], 'key');
      const earlier = options.get(name);
      const place = places.get(name);
      if (earlier !== undefined && place !== undefined) {
        diagnostics.add({
          message: `option "${name}" is declared twice, by collection "${earlier.collection}" and by "${collection}"`,
          hint: `the other declaration is at ${place.file}:${place.line}; to give a value use "set:" instead of "options:"`,
          at,
        });
        continue;
      }
      const twin = environmentNames.get(environmentName(name));
      if (twin !== undefined) {
        diagnostics.add({
          message: `options "${twin}" and "${name}" would both reach hooks as ${environmentName(name)}`,
          at,
        });
      }
      environmentNames.set(environmentName(name), name);
      places.set(name, at);
      if (declaration.default !== undefined) {
        for (const problem of problemsOf(valueSchema(declaration), declaration.default)) {
          diagnostics.add({
            message: `the default of "${name}" is not valid: ${problem.message}`,
            hint: problem.hint,
            at: document.locate(['options', name, 'default', ...problem.path], problem.part),
          });
        }
      }
      const origin: Origin = { kind: 'collection default', name: collection, at };
      options.set(name, {
        name,
        collection,
        declaration,
        value: declaration.default,
        origins: [origin],
      });
    }
  }
  return options;
}

function applyValue(
  option: ResolvedOption,
  value: unknown,
  layer: OptionLayer,
  diagnostics: DiagnosticList,
): ResolvedOption {
  const { name, declaration } = option;
  const origin: Origin = {
    kind: layer.kind,
    name: layer.name,
    at: layer.source?.document.locate([...layer.source.path, name], 'key'),
  };
  // "name:" without a value, or null, unsets an option and drops what lower layers appended.
  if (value === null)
    return { ...option, value: declaration.type === 'list' ? [] : undefined, origins: [origin] };
  const problems = problemsOf(valueSchema(declaration), value);
  for (const problem of problems) {
    const inner = problem.path.length === 0 ? '' : ` (${problem.path.join('.')})`;
    diagnostics.add({
      message: `option "${name}"${inner}: ${problem.message}`,
      hint: problem.hint ?? declaration.description,
      ...(layer.source === undefined
        ? { where: layer.kind }
        : {
            at: layer.source.document.locate(
              [...layer.source.path, name, ...problem.path],
              problem.part,
            ),
          }),
    });
  }
  if (problems.length > 0) return option;
  const directory = layer.source?.directory;
  const own =
    directory === undefined
      ? value
      : mapSecrets(declaration, value, (secret) =>
          typeof secret === 'object' && 'file' in secret
            ? { file: path.resolve(directory, secret.file) }
            : secret,
        );
  const joins =
    layer.kind === 'command line'
      ? layer.appended?.has(name) === true
      : declaration.merge === 'append';
  if (!joins || option.value === undefined) return { ...option, value: own, origins: [origin] };
  const contributors = isEmpty(option.value) ? [] : option.origins;
  return { ...option, value: join(option.value, own), origins: [...contributors, origin] };
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Lists are concatenated without repetitions, maps merged; lists within maps as well. */
function join(lower: unknown, upper: unknown): unknown {
  if (Array.isArray(lower) && Array.isArray(upper)) {
    const seen = new Set(lower.map((entry) => JSON.stringify(entry)));
    return [
      ...(lower as unknown[]),
      ...(upper as unknown[]).filter((entry) => !seen.has(JSON.stringify(entry))),
    ];
  }
  if (isMapping(lower) && isMapping(upper)) {
    return Object.fromEntries(
      [...new Set([...Object.keys(lower), ...Object.keys(upper)])].map((key) => [
        key,
        key in lower && key in upper ? join(lower[key], upper[key]) : (upper[key] ?? lower[key]),
      ]),
    );
  }
  return upper;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reportUndeclared(
  name: string,
  layer: OptionLayer,
  options: ReadonlyMap<string, ResolvedOption>,
  index: CollectionIndex,
  diagnostics: DiagnosticList,
): void {
  const owner = index
    .names()
    .find((candidate) => index.peek(candidate)?.file.options?.[name] !== undefined);
  // A site may set options of collections that only some of its profiles use.
  if (owner !== undefined && layer.kind === 'site defaults') return;
  diagnostics.add({
    message:
      owner === undefined
        ? `unknown option "${name}"`
        : `option "${name}" belongs to collection "${owner}", which is not used here`,
    hint:
      owner === undefined
        ? suggestion(name, options.keys(), 'options', 'see `mkimage list options`')
        : `add "${owner}" to the collections, or remove the option`,
    ...(layer.source === undefined
      ? { where: layer.kind }
      : { at: layer.source.document.locate([...layer.source.path, name], 'key') }),
  });
}
