import path from 'node:path';
import { exists, readText } from '../host/read-files.ts';
import type { DiagnosticList, Location } from './diagnostics.ts';
import { suggestion } from './did-you-mean.ts';
import { listProfileNames } from './list-profiles.ts';
import {
  profileSchema,
  siteDefaultsSchema,
  type ProfileFile,
  type SiteDefaultsFile,
} from './profile-schema.ts';
import {
  displayPath,
  findProfileFile,
  profileCandidates,
  type SearchPaths,
} from './search-paths.ts';
import { validate } from './validate.ts';
import { parseYaml, type YamlDocument } from './yaml-source.ts';

/** A profile file as it was read. */
export interface ProfileLayer {
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly document: YamlDocument;
  readonly file: ProfileFile;
}

export interface SiteDefaults {
  readonly path: string;
  readonly document: YamlDocument;
  readonly file: SiteDefaultsFile;
}

/** `profiles/x.yml` → `x`: names the folder below `obj/` and the published files. */
export const profileName = (file: string): string => path.basename(file).replace(/\.ya?ml$/, '');

/**
 * A profile and everything it extends, the most basic one first and the profile itself last.
 * Mistakes are reported; the chain then holds what could be read.
 */
export function loadProfileChain(
  given: string,
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): ProfileLayer[] {
  const file = findProfileFile(given, paths);
  if (file === undefined) {
    const tried = profileCandidates(given, paths).map((candidate) => displayPath(candidate, paths));
    const names = listProfileNames(paths);
    const match = suggestion(path.basename(given).replace(/\.ya?ml$/, ''), names, 'profiles');
    diagnostics.add({
      message: `there is no profile "${given}"`,
      hint: `${match === undefined ? '' : `${match}\n`}searched: ${tried.join(', ')}`,
      where: 'command line',
    });
    return [];
  }
  const chain: ProfileLayer[] = [];
  loadInto(chain, file, [], paths, diagnostics);
  return chain;
}

function loadInto(
  chain: ProfileLayer[],
  file: string,
  trail: readonly string[],
  paths: SearchPaths,
  diagnostics: DiagnosticList,
  at?: Location,
): void {
  const show = (name: string): string => displayPath(name, paths);
  if (trail.includes(file)) {
    diagnostics.add({
      message: `profiles extend one another in a cycle: ${[...trail.slice(trail.indexOf(file)), file].map(show).join(' → ')}`,
      at,
    });
    return;
  }
  if (chain.some((layer) => layer.path === file)) return;
  const document = parseYaml(readText(file), show(file), diagnostics);
  const parsed = document && validate(profileSchema, document, diagnostics);
  if (document === undefined || parsed === undefined) return;
  const bases = typeof parsed.extends === 'string' ? [parsed.extends] : (parsed.extends ?? []);
  bases.forEach((base, index) => {
    const place = document.locate(
      typeof parsed.extends === 'string' ? ['extends'] : ['extends', index],
    );
    const candidates = baseCandidates(base, file, paths);
    const baseFile = candidates.find(exists);
    if (baseFile === undefined) {
      diagnostics.add({
        message: `there is no profile "${base}" to extend`,
        hint: `searched: ${candidates.map(show).join(', ')}`,
        at: place,
      });
    } else {
      loadInto(chain, baseFile, [...trail, file], paths, diagnostics, place);
    }
  });
  chain.push({ name: profileName(file), path: file, document, file: parsed });
}

/** `./x` and `../x` are relative to the extending file, everything else to the profile folders. */
function baseCandidates(base: string, from: string, paths: SearchPaths): string[] {
  const names = /\.ya?ml$/.test(base) ? [base] : [`${base}.yml`, `${base}.yaml`];
  const folders = /^\.\.?\//.test(base)
    ? [path.dirname(from)]
    : [
        path.join(paths.projectDir, 'profiles', 'local'),
        path.join(paths.projectDir, 'profiles'),
        path.dirname(from),
      ];
  return [...new Set(folders.flatMap((folder) => names.map((name) => path.resolve(folder, name))))];
}

/** profiles/local/defaults.yml, if there is one. */
export function loadSiteDefaults(
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): SiteDefaults | undefined {
  const file = path.join(paths.projectDir, 'profiles', 'local', 'defaults.yml');
  if (!exists(file)) return undefined;
  const document = parseYaml(readText(file), displayPath(file, paths), diagnostics);
  const parsed = document && validate(siteDefaultsSchema, document, diagnostics);
  return document === undefined || parsed === undefined
    ? undefined
    : { path: file, document, file: parsed };
}
