import path from 'node:path';
import { checkFileConflicts, checkValueConflicts } from './check-conflicts.ts';
import { checkConditions, type KnownOptions } from './check-conditions.ts';
import { CollectionIndex } from './collection-index.ts';
import { DiagnosticList } from './diagnostics.ts';
import { suggestion } from './did-you-mean.ts';
import { moveHostFiles } from './host-files.ts';
import type { Resolved } from './layers.ts';
import {
  loadProfileChain,
  loadSiteDefaults,
  profileName,
  type ProfileLayer,
} from './load-profile.ts';
import { orderCollections } from './order-collections.ts';
import { parseAssignments } from './parse-assignments.ts';
import {
  isBroken,
  optionLayers,
  packageLayers,
  settingLayers,
  wantedCollections,
  type Sources,
} from './profile-layers.ts';
import {
  resolveFiles,
  resolveHooks,
  resolvePackages,
  resolveServices,
} from './resolve-contents.ts';
import { resolveOptions, type ResolvedOption } from './resolve-options.ts';
import { resolveRepositories } from './resolve-repositories.ts';
import { resolveSettings } from './resolve-settings.ts';
import type { ResolvedProfile } from './resolved-profile.ts';
import { templateVariables } from './render-template.ts';
import { resolveDisk } from './resolve-disk.ts';
import type { SearchPaths } from './search-paths.ts';
import { checkConflicts, selectCollections } from './select-collections.ts';
import type { Architecture } from './settings.ts';

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
  const index = new CollectionIndex(paths);
  index.reportMissingFolders(diagnostics);
  const top = chain.at(-1);
  if (top === undefined) return undefined;

  const sources: Sources = { chain, site, assignments, paths };
  const settings = resolveSettings(
    settingLayers(sources),
    {
      hostArch: request.hostArch,
      profileAt: top.document.locate([]),
      paths,
      isBroken: (name) => isBroken(sources, name) || isBroken(sources, 'extends'),
    },
    diagnostics,
  );
  const { selected, complete } = selectCollections(wantedCollections(sources), index, diagnostics);
  const collections = orderCollections(
    selected.map(({ collection }) => collection),
    diagnostics,
  );
  checkConflicts(collections, diagnostics);
  const layers = optionLayers(collections, sources);
  const options = resolveOptions(
    {
      collections,
      index,
      complete: complete && !isBroken(sources, 'extends') && !isBroken(sources, 'collections'),
    },
    layers,
    diagnostics,
  );
  checkValueConflicts(collections, layers, options, diagnostics);
  const outputs = resolveOutputs(chain, request.knownOutputs, diagnostics);
  const known = knownOptions(options, index);
  for (const collection of collections) checkConditions(collection, known, diagnostics);
  if (settings === undefined) {
    resolveDisk({ chain, collections, variables: undefined, paths }, diagnostics);
    return undefined;
  }

  const lookup = (name: string): unknown =>
    name === 'suite'
      ? settings.suite.value
      : name === 'arch'
        ? settings.arch.value
        : options.get(name)?.value;
  const { packages, removed } = resolvePackages(collections, packageLayers(sources), lookup);
  const files = resolveFiles(collections, lookup);
  checkFileConflicts(files, collections, paths, diagnostics);
  const pulledInBy = new Map(selected.map((entry) => [entry.collection.name, entry.pulledInBy]));
  const resolved = {
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
    files,
    services: resolveServices(collections, lookup),
    hooks: resolveHooks(collections),
    outputs,
  };
  const folder = path.dirname(top.path);
  const variablesFor = (to: string): Record<string, unknown> =>
    templateVariables(
      resolved,
      new Map(
        [...options.values()].map(({ name, declaration, value, directory = folder }) => [
          name,
          moveHostFiles(declaration, value, directory, to),
        ]),
      ),
    );
  // With a wrong option what is made of it would only be wrong as well.
  const isRight = diagnostics.items.length === 0;
  const repositories = resolveRepositories(
    {
      collections,
      variablesFor: isRight ? variablesFor : undefined,
      given: settings.repositories,
      paths,
    },
    diagnostics,
  );
  const variables = isRight ? variablesFor(folder) : undefined;
  const disk = resolveDisk({ chain, collections, variables, paths }, diagnostics);
  return { ...resolved, settings: { ...settings, repositories }, disk };
}

/** A condition may name an option of a collection that is not used: then it is unset. */
function knownOptions(
  options: ReadonlyMap<string, ResolvedOption>,
  index: CollectionIndex,
): KnownOptions {
  return {
    names: [...options.keys()],
    declaration: (name) => options.get(name)?.declaration ?? index.declaration(name),
  };
}

function sortByName(options: ReadonlyMap<string, ResolvedOption>): Map<string, ResolvedOption> {
  return new Map([...options].sort(([a], [b]) => (a < b ? -1 : 1)));
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
