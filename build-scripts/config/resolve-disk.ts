import path from 'node:path';
import { dump } from 'js-yaml';
import { exists, readText } from '../host/read-files.ts';
import type { Collection } from './collection.ts';
import type { DiagnosticList } from './diagnostics.ts';
import { diskSchema, type DiskFile } from './disk-schema.ts';
import type { Origin } from './layers.ts';
import type { ProfileLayer } from './load-profile.ts';
import { renderYaml } from './render-yaml.ts';
import { displayPath, type SearchPaths } from './search-paths.ts';
import { validate } from './validate.ts';
import { parseYaml, type YamlDocument } from './yaml-source.ts';

/** The disk of a profile, from whichever layer it comes. */
export interface ResolvedDisk {
  readonly layout: DiskFile;
  /** Where in which file its parts stand. */
  readonly document: YamlDocument;
  /** Absolute; files that the layout names (passphrases, keys) are relative to it. */
  readonly folder: string;
  /** The layout as YAML, to be published for stage two. */
  readonly text: string;
  readonly origin: Origin;
}

export interface DiskSources {
  readonly chain: readonly ProfileLayer[];
  /** In the order in which they are applied. */
  readonly collections: readonly Collection[];
  /** Of templates; undefined when options have mistakes. */
  readonly variables: Record<string, unknown> | undefined;
  readonly paths: SearchPaths;
}

/**
 * The last profile layer that says something about the disk decides; without one the layout of the
 * collection that has one.
 */
export function resolveDisk(
  sources: DiskSources,
  diagnostics: DiagnosticList,
): ResolvedDisk | undefined {
  const { chain } = sources;
  const layer = chain.findLast((candidate) => candidate.file.disk !== undefined);
  if (layer === undefined) return diskOfCollection(sources, diagnostics);
  const { disk } = layer.file;
  const origin: Origin = {
    kind: 'profile',
    name: layer.name,
    at: layer.document.locate(['disk'], 'key'),
  };
  if (typeof disk === 'string') return diskOfFile(disk, layer, sources.paths, origin, diagnostics);
  if (disk === undefined) return undefined;
  return {
    layout: disk,
    document: within(layer.document, 'disk'),
    folder: path.dirname(layer.path),
    text: layoutText(disk),
    origin,
  };
}

const HEADER = '# The disk of this image: tar-to-disk -C THIS-FILE ROOTFS.tar.zst\n';

const layoutText = (layout: DiskFile): string => `${HEADER}${dump(layout, { lineWidth: 100 })}`;

function diskOfFile(
  name: string,
  layer: ProfileLayer,
  paths: SearchPaths,
  origin: Origin,
  diagnostics: DiagnosticList,
): ResolvedDisk | undefined {
  const file = path.resolve(path.dirname(layer.path), name);
  if (!exists(file)) {
    diagnostics.add({
      message: `the disk layout ${name} does not exist`,
      hint: `searched: ${displayPath(file, paths)}`,
      at: layer.document.locate(['disk']),
    });
    return undefined;
  }
  return parseLayout(readText(file), displayPath(file, paths), path.dirname(file), {
    origin,
    diagnostics,
  });
}

/** A template, rendered with the options. Files in it are relative to the profile. */
function diskOfCollection(
  { chain, collections, variables, paths }: DiskSources,
  diagnostics: DiagnosticList,
): ResolvedDisk | undefined {
  const [first, second] = collections.filter(({ disk }) => disk !== undefined);
  if (first?.disk === undefined || variables === undefined) return undefined;
  if (second?.disk !== undefined) {
    diagnostics.add({
      message: `the collections ${first.name} and ${second.name} both have a disk layout`,
      hint: `the other one is ${displayPath(first.disk, paths)}\nleave out one of the collections, or write a "disk:" into the profile`,
      where: displayPath(second.disk, paths),
    });
    return undefined;
  }
  const rendered = renderYaml(first.disk, variables, paths, diagnostics);
  if (rendered === undefined) return undefined;
  const { document } = rendered;
  const layout = validate(diskSchema, document, diagnostics);
  if (layout === undefined) return undefined;
  const folder = path.dirname(chain.at(-1)?.path ?? first.disk);
  const origin: Origin = { kind: 'collection', name: first.name };
  return { layout, document, folder, text: layoutText(layout), origin };
}

function parseLayout(
  text: string,
  shown: string,
  folder: string,
  { origin, diagnostics }: { origin: Origin; diagnostics: DiagnosticList },
): ResolvedDisk | undefined {
  const document = parseYaml(text, shown, diagnostics);
  const layout = document && validate(diskSchema, document, diagnostics);
  return layout && { layout, document, folder, text, origin };
}

/** The part of a document below a key, as a document. */
function within(document: YamlDocument, key: string): YamlDocument {
  return {
    file: document.file,
    value: (document.value as Record<string, unknown>)[key],
    locate: (place, part) => document.locate([key, ...place], part),
  };
}
