import path from 'node:path';
import { exists } from '../host/read-files.ts';
import type { DiagnosticList, Location } from './diagnostics.ts';
import type { Origin, Resolved } from './layers.ts';
import type { ResolvedSettings } from './resolved-profile.ts';
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
  readonly source?: { readonly document: YamlDocument; readonly directory: string } | undefined;
}

/** Layers settings over the built-in defaults. Values of files were checked when they were read. */
export function resolveSettings(
  layers: readonly SettingLayer[],
  hostArch: Architecture | undefined,
  profileAt: Location | undefined,
  diagnostics: DiagnosticList,
): ResolvedSettings | undefined {
  const builtIn: Origin = { kind: 'built-in default' };
  const resolved = new Map<SettingName, Resolved<unknown>>();
  for (const name of SETTING_NAMES) {
    resolved.set(name, {
      value:
        name in settingDefaults ? settingDefaults[name as keyof typeof settingDefaults] : undefined,
      origins: [builtIn],
    });
  }
  if (hostArch !== undefined)
    resolved.set('arch', {
      value: hostArch,
      origins: [{ ...builtIn, name: 'the architecture of this machine' }],
    });

  for (const layer of layers) {
    for (const name of SETTING_NAMES) {
      const value = layer.values[name];
      if (value === undefined) continue;
      if (layer.source === undefined && !checkGiven(name, value, layer, diagnostics)) continue;
      const origin: Origin = {
        kind: layer.kind,
        name: layer.name,
        at: layer.source?.document.locate([name], 'key'),
      };
      const lower = resolved.get(name)!;
      const own =
        name === 'repositories' ? absoluteKeys(value as Repository[], layer, diagnostics) : value;
      const appends = APPENDED_SETTINGS.has(name) && layer.source !== undefined;
      resolved.set(
        name,
        appends
          ? {
              value: [...(lower.value as unknown[]), ...(own as unknown[])],
              origins: [...lower.origins.filter((o) => o !== builtIn), origin],
            }
          : { value: own, origins: [origin] },
      );
    }
  }

  const get = <T>(name: SettingName): Resolved<T> => resolved.get(name) as Resolved<T>;
  for (const name of ['suite', 'arch'] as const) {
    if (get(name).value !== undefined) continue;
    diagnostics.add({
      message: `the profile does not say which ${name} to build`,
      hint: `add "${name}: ${name === 'suite' ? 'bookworm' : 'amd64'}"`,
      at: profileAt,
    });
  }
  const snapshot = get<string | undefined>('snapshot');
  if (snapshot.value !== undefined && get('snapshot-mirror').value === undefined) {
    diagnostics.add({
      message: 'a snapshot needs to know which snapshot archive to use',
      hint: 'set "snapshot-mirror" here or in profiles/local/defaults.yml, to the address below which debian/ and debian-security/ lie;\ndocs/options.md says how it is used',
      at: snapshot.origins[0]?.at ?? profileAt,
    });
  }
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

function mapResolved<A, B>(resolved: Resolved<A>, change: (value: A) => B): Resolved<B> {
  return { value: change(resolved.value), origins: resolved.origins };
}

/** `2026-11-01`, `2026-11-01 12:00:00` … → `20261101T120000Z`, as the snapshot archive wants it. */
export function normalizeSnapshot(text: string): string {
  const digits = text.replace(/\D/g, '').padEnd(14, '0');
  return `${digits.slice(0, 8)}T${digits.slice(8)}Z`;
}

function checkGiven(
  name: SettingName,
  value: unknown,
  layer: SettingLayer,
  diagnostics: DiagnosticList,
): boolean {
  const problems = problemsOf(settingSchemas[name], value);
  for (const problem of problems)
    diagnostics.add({
      message: `setting "${name}": ${problem.message}`,
      hint: problem.hint,
      where: layer.kind,
    });
  return problems.length === 0;
}

function absoluteKeys(
  repositories: readonly Repository[],
  layer: SettingLayer,
  diagnostics: DiagnosticList,
): Repository[] {
  return repositories.map((repository, index) => {
    const key = path.resolve(layer.source?.directory ?? '.', repository.key);
    if (!exists(key)) {
      diagnostics.add({
        message: `the signing key ${repository.key} of repository "${repository.name}" does not exist`,
        hint: `searched: ${key}`,
        ...(layer.source === undefined
          ? { where: layer.kind }
          : { at: layer.source.document.locate(['repositories', index, 'key']) }),
      });
    }
    return { ...repository, key };
  });
}
