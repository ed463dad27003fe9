import type { DiagnosticList, Location } from './diagnostics.ts';
import type { Origin, Resolved } from './layers.ts';
import { withAbsoluteKey } from './resolve-repositories.ts';
import type { ResolvedSettings } from './resolved-profile.ts';
import type { SearchPaths } from './search-paths.ts';
import {
  APPENDED_SETTINGS,
  SETTING_NAMES,
  settingDefaults,
  settingSchemas,
  type Architecture,
  type Repository,
  type SettingName,
} from './settings.ts';
import { problemsOf } from './validate.ts';
import type { YamlDocument } from './yaml-source.ts';

/** Settings from one place. */
export interface SettingLayer {
  readonly kind: Origin['kind'];
  readonly name?: string | undefined;
  readonly values: Readonly<Partial<Record<SettingName, unknown>>>;
  /** None for the command line. */
  readonly document?: YamlDocument | undefined;
  /** For messages about values that stand in no file. */
  readonly where?: string | undefined;
  /** What key files are relative to. */
  readonly directory: string;
  /** A `--set`: whether it was given with `+=`, and the value as it was typed. */
  readonly typed?: { readonly append: boolean; readonly text: string } | undefined;
}

export interface SettingContext {
  readonly hostArch: Architecture | undefined;
  readonly profileAt: Location;
  readonly paths: SearchPaths;
  /** Settings that may be given by a part of a profile that had mistakes. */
  readonly isBroken: (name: SettingName) => boolean;
}

const BUILT_IN: Origin = { kind: 'built-in default' };

/** Layers settings over the built-in defaults. Values of files were checked when they were read. */
export function resolveSettings(
  layers: readonly SettingLayer[],
  context: SettingContext,
  diagnostics: DiagnosticList,
): ResolvedSettings | undefined {
  const { hostArch } = context;
  const resolved = new Map<SettingName, Resolved<unknown>>(
    Object.entries(settingDefaults).map(([name, value]) => [
      name as SettingName,
      { value, origins: [BUILT_IN] },
    ]),
  );
  if (hostArch !== undefined)
    resolved.set('arch', {
      value: hostArch,
      origins: [{ ...BUILT_IN, name: 'the architecture of this machine' }],
    });
  const find = (name: SettingName): Resolved<unknown> =>
    resolved.get(name) ?? { value: undefined, origins: [BUILT_IN] };

  for (const layer of layers) {
    for (const name of SETTING_NAMES) {
      if (layer.values[name] === undefined) continue;
      const next = applySetting(name, find(name), layer, context, diagnostics);
      if (next !== undefined) resolved.set(name, next);
    }
  }

  const get = <T>(name: SettingName): Resolved<T> => find(name) as Resolved<T>;
  reportMissing(get, context, diagnostics);
  if (get('suite').value === undefined || get('arch').value === undefined) return undefined;
  return {
    suite: get('suite'),
    arch: get('arch'),
    variant: get('variant'),
    mirror: mapResolved(get<string | readonly string[] | undefined>('mirror'), (value) =>
      value === undefined ? [] : typeof value === 'string' ? [value] : value,
    ),
    components: get('components'),
    snapshot: mapResolved(get<string | undefined>('snapshot'), (value) =>
      value === undefined ? undefined : normalizeSnapshot(value),
    ),
    'snapshot-mirror': get('snapshot-mirror'),
    repositories: get('repositories'),
    'apt-proxy': get('apt-proxy'),
    seed: get('seed'),
    'zstd-level': get('zstd-level'),
  };
}

function reportMissing(
  get: (name: SettingName) => Resolved<unknown>,
  { isBroken, profileAt }: SettingContext,
  diagnostics: DiagnosticList,
): void {
  for (const name of ['suite', 'arch'] as const) {
    if (get(name).value !== undefined || isBroken(name)) continue;
    diagnostics.add({
      message: `the profile does not say which ${name} to build`,
      hint: `add a line "${name}: ${name === 'suite' ? 'bookworm' : 'amd64'}"`,
      at: profileAt,
    });
  }
  const snapshot = get('snapshot');
  if (snapshot.value === undefined || get('snapshot-mirror').value !== undefined) return;
  if (isBroken('snapshot-mirror')) return;
  diagnostics.add({
    message: 'a snapshot needs to know which snapshot archive to use',
    hint: 'set "snapshot-mirror" here or in profiles/local/defaults.yml, to the address below which debian/ and debian-security/ lie;\ndocs/profiles.md says how it is used',
    at: snapshot.origins[0]?.at ?? profileAt,
  });
}

/** @returns undefined when the value is not valid, which was reported */
function applySetting(
  name: SettingName,
  lower: Resolved<unknown>,
  layer: SettingLayer,
  { paths }: SettingContext,
  diagnostics: DiagnosticList,
): Resolved<unknown> | undefined {
  const { typed, document } = layer;
  const origin: Origin = {
    kind: layer.kind,
    name: layer.name,
    at: document?.locate([name], 'key'),
  };
  let value = layer.values[name];
  if (typed !== undefined) {
    if (value === null) return unset(name, origin, layer, diagnostics);
    value = asTyped(name, value, typed);
    if (!checkTyped(name, value, layer, diagnostics)) return undefined;
  }
  if (name === 'repositories')
    value = absoluteKeys(value as Repository[], layer, paths, diagnostics);
  const joins = typed === undefined ? APPENDED_SETTINGS.has(name) : typed.append;
  if (!joins) return { value, origins: [origin] };
  const below = lower.value === undefined ? [] : [lower.value].flat();
  const kept = below.length === 0 ? [] : lower.origins;
  return { value: [...below, ...[value].flat()], origins: [...kept, origin] };
}

/** `--set mirror=`: back to the built-in default, where "nothing" means something. */
function unset(
  name: SettingName,
  origin: Origin,
  layer: SettingLayer,
  diagnostics: DiagnosticList,
): Resolved<unknown> | undefined {
  if (name !== 'suite' && name !== 'arch') {
    const value = (settingDefaults as Partial<Record<SettingName, unknown>>)[name];
    return { value, origins: [origin] };
  }
  diagnostics.add({ message: `setting "${name}" can not be unset`, where: layer.where });
  return undefined;
}

/** On a command line `2026` is a text where a text is wanted, and one entry makes a list. */
function asTyped(name: SettingName, value: unknown, { text }: { readonly text: string }): unknown {
  if (typeof value === 'object') return value;
  const fits = (candidate: unknown): boolean =>
    problemsOf(settingSchemas[name], candidate).length === 0;
  return [value, text, [text]].find(fits) ?? value;
}

function checkTyped(
  name: SettingName,
  value: unknown,
  { where, typed }: SettingLayer,
  diagnostics: DiagnosticList,
): boolean {
  const problems = problemsOf(settingSchemas[name], value);
  for (const { message, hint } of problems)
    diagnostics.add({ message: `setting "${name}": ${message}`, hint, where });
  if (problems.length > 0) return false;
  const isList = problemsOf(settingSchemas[name], []).every(({ message }) =>
    message.startsWith('the list needs'),
  );
  if (typed?.append !== true || isList) return true;
  diagnostics.add({
    message: `"+=" adds to lists, but setting "${name}" holds a single value`,
    hint: `write --set ${name}=…`,
    where,
  });
  return false;
}

function mapResolved<A, B>(resolved: Resolved<A>, change: (value: A) => B): Resolved<B> {
  return { value: change(resolved.value), origins: resolved.origins };
}

/** `2026-11-01`, `2026-11-01 12:00:00` … → `20261101T120000Z`, as the snapshot archive wants it. */
export function normalizeSnapshot(text: string): string {
  const digits = text.replace(/\D/g, '').padEnd(14, '0');
  return `${digits.slice(0, 8)}T${digits.slice(8)}Z`;
}

function absoluteKeys(
  repositories: readonly Repository[],
  { directory, document, where }: SettingLayer,
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): Repository[] {
  return repositories.map((repository, index) => {
    const place =
      document === undefined ? { where } : { at: document.locate(['repositories', index, 'key']) };
    return withAbsoluteKey(repository, { directory, place, paths }, diagnostics);
  });
}
