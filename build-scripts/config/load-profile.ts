import path from 'node:path';
import { exists } from '../host/read-files.ts';
import type { DiagnosticList, Location } from './diagnostics.ts';
import { closest } from './did-you-mean.ts';
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
  pastePath,
  profileCandidates,
  type SearchPaths,
} from './search-paths.ts';
import { validateParts } from './validate.ts';
import { readYaml, type YamlDocument } from './yaml-source.ts';

/** A profile file as it was read. */
export interface ProfileLayer {
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly document: YamlDocument;
  readonly file: ProfileFile;
  /** Parts with mistakes, left out of `file`; `extends` when a profile to extend can not be used. */
  readonly broken: ReadonlySet<string>;
}

export interface SiteDefaults {
  readonly path: string;
  readonly document: YamlDocument;
  readonly file: SiteDefaultsFile;
  readonly broken: ReadonlySet<string>;
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
    const tried = profileCandidates(given, paths)
      .filter(isUsualName)
      .map((candidate) => pastePath(candidate, paths));
    const match = closest(given.replace(/^profiles\/|\.ya?ml$/g, ''), listProfileNames(paths));
    diagnostics.add({
      message: `there is no profile "${given}"`,
      hint: `${match === undefined ? 'mkimage list profiles shows all of them' : `did you mean "${match}"?`}\nsearched: ${tried.join('\n          ')}`,
      where: 'command line',
    });
    return [];
  }
  const chain: ProfileLayer[] = [];
  loadInto(chain, file, [], paths, diagnostics);
  return chain;
}

interface Step {
  readonly file: string;
  /** Where the step before extends it. */
  readonly at: Location | undefined;
}

/** The same text from whichever of its profiles a cycle is entered. */
function reportCycle(
  cycle: readonly Step[],
  show: (file: string) => string,
  diagnostics: DiagnosticList,
): void {
  const files = cycle.map(({ file }) => file);
  const first = files.indexOf([...files].sort()[0] ?? '');
  const rotated = [...cycle.slice(first), ...cycle.slice(0, first)];
  const names = [...rotated, ...rotated.slice(0, 1)].map(({ file }) => show(file));
  diagnostics.add({
    message: `profiles extend one another in a cycle: ${names.join(' → ')}`,
    hint: 'remove one of these "extends"',
    at: (rotated[1] ?? rotated[0])?.at,
  });
}

/** @returns whether the profile and all it extends could be used */
function loadInto(
  chain: ProfileLayer[],
  file: string,
  trail: readonly Step[],
  paths: SearchPaths,
  diagnostics: DiagnosticList,
  at?: Location,
): boolean {
  const show = (name: string): string => displayPath(name, paths);
  const start = trail.findIndex((step) => step.file === file);
  if (start >= 0) {
    reportCycle([...trail.slice(start + 1), { file, at }], show, diagnostics);
    return false;
  }
  if (chain.some((layer) => layer.path === file)) return true;
  const document = readYaml(file, show(file), diagnostics);
  const parts = document && validateParts(profileSchema, document, diagnostics);
  if (document === undefined || parts === undefined) return false;
  const { extends: given = [] } = parts.value;
  const bases = typeof given === 'string' ? [given] : given;
  const usable = bases.map((base, index) => {
    const place = document.locate(typeof given === 'string' ? ['extends'] : ['extends', index]);
    const candidates = baseCandidates(base, file, paths);
    const baseFile = candidates.find(exists);
    if (baseFile !== undefined)
      return loadInto(chain, baseFile, [...trail, { file, at }], paths, diagnostics, place);
    const match = closest(base, listProfileNames(paths, { shared: true }));
    diagnostics.add({
      message: `there is no profile "${base}" to extend`,
      hint: `${match === undefined ? '' : `did you mean "${match}"?\n`}searched: ${candidates.filter(isUsualName).map(show).join('\n          ')}`,
      at: place,
    });
    return false;
  });
  const complete = usable.every(Boolean);
  const broken = complete ? parts.broken : new Set([...parts.broken, 'extends']);
  chain.push({ name: profileName(file), path: file, document, file: parts.value, broken });
  return complete;
}

/** Names that end in .yaml are tried, but need not be told. */
const isUsualName = (file: string): boolean => !file.endsWith('.yaml');

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
  const document = readYaml(file, displayPath(file, paths), diagnostics);
  const parts = document && validateParts(siteDefaultsSchema, document, diagnostics);
  return document === undefined || parts === undefined
    ? undefined
    : { path: file, document, file: parts.value, broken: parts.broken };
}
