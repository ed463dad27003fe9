import path from 'node:path';
import { exists, readText } from '../host/read-files.ts';
import { CollectionIndex } from './collection-index.ts';
import type { Collection } from './collection.ts';
import { DiagnosticList } from './diagnostics.ts';
import { suggestion } from './did-you-mean.ts';
import { diskSchema, type DiskFile } from './disk-schema.ts';
import type { Resolved } from './layers.ts';
import {
  loadProfileChain,
  loadSiteDefaults,
  profileName,
  type ProfileLayer,
  type SiteDefaults,
} from './load-profile.ts';
import { orderCollections } from './order-collections.ts';
import { parseAssignments, type Assignments } from './parse-assignments.ts';
import {
  checkConditions,
  resolveFiles,
  resolveHooks,
  resolvePackages,
  resolveServices,
  type PackageLayer,
} from './resolve-contents.ts';
import { resolveOptions, type OptionLayer, type ResolvedOption } from './resolve-options.ts';
import { resolveSettings, type SettingLayer } from './resolve-settings.ts';
import type { ResolvedProfile } from './resolved-profile.ts';
import { displayPath, type SearchPaths } from './search-paths.ts';
import { checkConflicts, selectCollections, type WantedCollection } from './select-collections.ts';
import type { Architecture } from './settings.ts';
import { validate } from './validate.ts';
import { parseYaml } from './yaml-source.ts';

export interface ResolveRequest {
  /** Name or path of a profile. */
  readonly profile: string;
  readonly paths: SearchPaths;
  /** `name=value` and `name+=value`, from the command line. */
  readonly set?: readonly string[] | undefined;
  /** Formats that can be made; anything else is a mistake. */
  readonly knownOutputs: readonly string[];
  /** The architecture of this machine, the default of `arch`. */
  readonly hostArch?: Architecture | undefined;
}

/**
 * Reads a profile with everything it extends and layers, and settles every value.
 * Reads configuration files and nothing else.
 *
 * @throws {ConfigError} with all mistakes at once
 */
export function resolveProfile(request: ResolveRequest): ResolvedProfile {
  const diagnostics = new DiagnosticList();
  const resolved = resolve(request, diagnostics);
  diagnostics.throwIfAny();
  if (resolved === undefined)
    throw new Error('a profile did not resolve and no mistake was reported');
  return resolved;
}

function resolve(
  request: ResolveRequest,
  diagnostics: DiagnosticList,
): ResolvedProfile | undefined {
  const { paths } = request;
  const chain = loadProfileChain(request.profile, paths, diagnostics);
  const site = loadSiteDefaults(paths, diagnostics);
  const assignments = parseAssignments(request.set ?? [], diagnostics);
  const top = chain.at(-1);
  if (top === undefined) return undefined;

  const settings = resolveSettings(
    settingLayers(chain, site, assignments),
    request.hostArch,
    top.document.locate([]),
    diagnostics,
  );
  const index = new CollectionIndex(paths);
  const selected = selectCollections(wantedCollections(chain, site), index, diagnostics);
  const collections = orderCollections(
    selected.map(({ collection }) => collection),
    diagnostics,
  );
  checkConflicts(collections, diagnostics);
  const options = resolveOptions(
    collections,
    optionLayers(collections, chain, site, assignments),
    index,
    diagnostics,
  );
  const disk = resolveDisk(chain, paths, diagnostics);
  const outputs = resolveOutputs(chain, request.knownOutputs, diagnostics);
  if (settings === undefined) return undefined;

  const lookup = (name: string): unknown =>
    name === 'suite'
      ? settings.suite.value
      : name === 'arch'
        ? settings.arch.value
        : options.get(name)?.value;
  checkConditions(
    collections,
    (name) => name === 'suite' || name === 'arch' || options.has(name),
    [...options.keys()],
    diagnostics,
  );
  const { packages, removed } = resolvePackages(collections, packageLayers(chain, site), lookup);
  const pulledInBy = new Map(selected.map((entry) => [entry.collection.name, entry.pulledInBy]));
  return {
    name: profileName(top.path),
    path: top.path,
    description: top.file.description,
    settings,
    collections: collections.map((collection) => ({
      collection,
      pulledInBy: pulledInBy.get(collection.name),
    })),
    options: sortByName(options),
    packages,
    removedPackages: removed,
    files: resolveFiles(collections, lookup),
    services: resolveServices(collections, lookup),
    hooks: resolveHooks(collections),
    disk,
    outputs,
  };
}

function sortByName(options: ReadonlyMap<string, ResolvedOption>): Map<string, ResolvedOption> {
  return new Map([...options].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function wantedCollections(
  chain: readonly ProfileLayer[],
  site: SiteDefaults | undefined,
): WantedCollection[] {
  return [...(site === undefined ? [] : [site]), ...chain].flatMap((layer) =>
    (layer.file.collections ?? []).map((name, i) => ({
      name,
      at: layer.document.locate(['collections', i]),
    })),
  );
}

function settingLayers(
  chain: readonly ProfileLayer[],
  site: SiteDefaults | undefined,
  assignments: Assignments,
): SettingLayer[] {
  return [
    ...(site === undefined
      ? []
      : [
          {
            kind: 'site defaults',
            values: site.file,
            source: { document: site.document, directory: path.dirname(site.path) },
          } as const,
        ]),
    ...chain.map((layer) => ({
      kind: 'profile' as const,
      name: layer.name,
      values: layer.file,
      source: { document: layer.document, directory: path.dirname(layer.path) },
    })),
    { kind: 'command line', values: assignments.settings },
  ];
}

function optionLayers(
  collections: readonly Collection[],
  chain: readonly ProfileLayer[],
  site: SiteDefaults | undefined,
  assignments: Assignments,
): OptionLayer[] {
  return [
    ...collections.map((collection) => ({
      kind: 'collection' as const,
      name: collection.name,
      values: collection.file.set ?? {},
      source: { document: collection.document, path: ['set'], directory: collection.directory },
    })),
    ...(site === undefined
      ? []
      : [
          {
            kind: 'site defaults' as const,
            values: site.file.options ?? {},
            source: {
              document: site.document,
              path: ['options'],
              directory: path.dirname(site.path),
            },
          },
        ]),
    ...chain.map((layer) => ({
      kind: 'profile' as const,
      name: layer.name,
      values: layer.file.options ?? {},
      source: { document: layer.document, path: ['options'], directory: path.dirname(layer.path) },
    })),
    { kind: 'command line', values: assignments.options, appended: assignments.appended },
  ];
}

function packageLayers(
  chain: readonly ProfileLayer[],
  site: SiteDefaults | undefined,
): PackageLayer[] {
  const siteLayer = site && {
    kind: 'site defaults' as const,
    name: undefined,
    document: site.document,
    file: site.file,
  };
  const layers = [
    ...(siteLayer === undefined ? [] : [siteLayer]),
    ...chain.map((layer) => ({
      kind: 'profile' as const,
      name: layer.name,
      document: layer.document,
      file: layer.file,
    })),
  ];
  return layers.map(({ kind, name, document, file }) => ({
    kind,
    name,
    packages: file.packages ?? [],
    at: (index) => document.locate(['packages', index]),
  }));
}

/** The last layer that says something about the disk decides. */
function resolveDisk(
  chain: readonly ProfileLayer[],
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): DiskFile | undefined {
  const layer = chain.findLast((candidate) => candidate.file.disk !== undefined);
  const disk = layer?.file.disk;
  if (layer === undefined || typeof disk !== 'string')
    return typeof disk === 'string' ? undefined : disk;
  const file = path.resolve(path.dirname(layer.path), disk);
  if (!exists(file)) {
    diagnostics.add({
      message: `the disk layout ${disk} does not exist`,
      hint: `searched: ${displayPath(file, paths)}`,
      at: layer.document.locate(['disk']),
    });
    return undefined;
  }
  const document = parseYaml(readText(file), displayPath(file, paths), diagnostics);
  return document && validate(diskSchema, document, diagnostics);
}

function resolveOutputs(
  chain: readonly ProfileLayer[],
  known: readonly string[],
  diagnostics: DiagnosticList,
): Resolved<readonly string[]> {
  const layer = chain.findLast((candidate) => candidate.file.outputs !== undefined);
  const outputs = layer?.file.outputs ?? ['lxc'];
  outputs.forEach((output, index) => {
    if (known.includes(output)) return;
    diagnostics.add({
      message: `unknown output "${output}"`,
      hint: suggestion(output, known, 'outputs'),
      at: layer?.document.locate(['outputs', index]),
    });
  });
  if (layer === undefined) return { value: outputs, origins: [{ kind: 'built-in default' }] };
  return {
    value: outputs,
    origins: [{ kind: 'profile', name: layer.name, at: layer.document.locate(['outputs'], 'key') }],
  };
}
