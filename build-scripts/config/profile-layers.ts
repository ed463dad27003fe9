import path from 'node:path';
import type { Collection } from './collection.ts';
import type { ProfileLayer, SiteDefaults } from './load-profile.ts';
import type { Assignment } from './parse-assignments.ts';
import type { PackageLayer } from './resolve-contents.ts';
import type { OptionLayer } from './resolve-options.ts';
import type { SettingLayer } from './resolve-settings.ts';
import type { SearchPaths } from './search-paths.ts';
import type { WantedCollection } from './select-collections.ts';
import { SETTING_NAMES } from './settings.ts';

/** Everything that gives values, before it is layered. */
export interface Sources {
  /** The most basic profile first. */
  readonly chain: readonly ProfileLayer[];
  readonly site: SiteDefaults | undefined;
  readonly assignments: readonly Assignment[];
  readonly paths: SearchPaths;
}

/** Site defaults and the chain of profiles, the lowest precedence first. */
function fileLayers({ chain, site }: Sources) {
  return [
    ...(site === undefined ? [] : [{ ...site, kind: 'site defaults' as const, name: undefined }]),
    ...chain.map((layer) => ({ ...layer, kind: 'profile' as const })),
  ];
}

export function wantedCollections(sources: Sources): WantedCollection[] {
  return fileLayers(sources).flatMap(({ file, document }) =>
    (file.collections ?? []).map((name, i) => ({ name, at: document.locate(['collections', i]) })),
  );
}

/** Whether a part of any profile was left out because of a mistake, which was reported. */
export function isBroken(sources: Sources, part: string): boolean {
  return fileLayers(sources).some(({ broken }) => broken.has(part));
}

export function settingLayers(sources: Sources): SettingLayer[] {
  return [
    ...fileLayers(sources).map(({ kind, name, file, document, path: own }) => ({
      kind,
      name,
      values: file,
      document,
      directory: path.dirname(own),
    })),
    ...typedLayers(sources, isSetting),
  ];
}

export function optionLayers(collections: readonly Collection[], sources: Sources): OptionLayer[] {
  return [
    ...collections.map(({ name, file, document, directory }) => ({
      kind: 'collection' as const,
      name,
      values: file.set ?? {},
      source: { document, path: ['set'] },
      directory,
    })),
    ...fileLayers(sources).map(({ kind, name, file, document, path: own }) => ({
      kind,
      name,
      values: file.options ?? {},
      source: { document, path: ['options'] },
      directory: path.dirname(own),
    })),
    ...typedLayers(sources, (name) => !isSetting(name)),
  ];
}

const isSetting = (name: string): boolean => SETTING_NAMES.some((known) => known === name);

/** One layer for each `--set`, in the order in which they were given. */
function typedLayers({ assignments, paths }: Sources, wanted: (name: string) => boolean) {
  return assignments
    .filter(({ name }) => wanted(name))
    .map(({ name, value, where, append, text }) => ({
      kind: 'command line' as const,
      values: { [name]: value },
      where,
      directory: paths.workingDir,
      typed: { append, text },
    }));
}

export function packageLayers(sources: Sources): PackageLayer[] {
  return fileLayers(sources).map(({ kind, name, file, document }) => ({
    kind,
    name,
    packages: file.packages ?? [],
    at: (index) => document.locate(['packages', index]),
  }));
}
