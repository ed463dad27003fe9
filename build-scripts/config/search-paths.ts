import path from 'node:path';
import { exists } from '../host/read-files.ts';

/** Where profiles and collections are looked for, and how paths are shown. */
export interface SearchPaths {
  /** The project's own folder, which holds `profiles/` and `collections/`. */
  readonly projectDir: string;
  readonly workingDir: string;
  /** Folders with collections; an earlier one wins. */
  readonly collections: readonly string[];
}

/**
 * `--collections` before `MKIMAGE_COLLECTIONS_PATH` (separated by colons) before
 * `collections/local` before `collections`.
 */
export function searchPaths(options: {
  projectDir: string;
  workingDir: string;
  collections?: readonly string[] | undefined;
  environmentPath?: string | undefined;
}): SearchPaths {
  const { projectDir, workingDir } = options;
  const given = [...(options.collections ?? []), ...(options.environmentPath ?? '').split(':')]
    .filter((folder) => folder !== '')
    .map((folder) => path.resolve(workingDir, folder));
  const own = path.join(projectDir, 'collections');
  return {
    projectDir,
    workingDir,
    collections: [...new Set([...given, path.join(own, 'local'), own])],
  };
}

/** Relative to the working directory when it lies below it, else relative to the project, else absolute. */
export function displayPath(
  file: string,
  paths: Pick<SearchPaths, 'projectDir' | 'workingDir'>,
): string {
  for (const base of [paths.workingDir, paths.projectDir]) {
    const relative = path.relative(base, file);
    if (!relative.startsWith('..') && !path.isAbsolute(relative))
      return relative === '' ? '.' : relative;
  }
  return file;
}

/** The file of a profile given by name or path, with or without `.yml`; undefined when there is none. */
export function findProfileFile(given: string, paths: SearchPaths): string | undefined {
  return profileCandidates(given, paths).find(exists);
}

/** Every path that is tried for a profile name, in order. */
export function profileCandidates(given: string, paths: SearchPaths): string[] {
  const names = /\.ya?ml$/.test(given) ? [given] : [`${given}.yml`, `${given}.yaml`];
  const bases = [
    paths.workingDir,
    paths.projectDir,
    path.join(paths.projectDir, 'profiles', 'local'),
    path.join(paths.projectDir, 'profiles'),
  ];
  return [...new Set(bases.flatMap((base) => names.map((name) => path.resolve(base, name))))];
}
