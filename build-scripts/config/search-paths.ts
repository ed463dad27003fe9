import path from 'node:path';
import { exists } from '../host/read-files.ts';

/** Where profiles and collections are looked for, and how paths are shown. */
export interface SearchPaths {
  /** The project's own folder, which holds `profiles/` and `collections/`. */
  readonly projectDir: string;
  readonly workingDir: string;
  /** Folders with collections; an earlier one wins. */
  readonly collections: readonly string[];
  /** Those of `collections` that somebody asked for, so that they must exist. */
  readonly required?: readonly { readonly folder: string; readonly by: string }[] | undefined;
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
  const required = [
    ...(options.collections ?? []).map((folder) => ({ folder, by: '--collections' })),
    ...(options.environmentPath ?? '')
      .split(':')
      .map((folder) => ({ folder, by: 'MKIMAGE_COLLECTIONS_PATH' })),
  ]
    .filter(({ folder }) => folder !== '')
    .map(({ folder, by }) => ({ folder: path.resolve(workingDir, folder), by }));
  const own = path.join(projectDir, 'collections');
  return {
    projectDir,
    workingDir,
    collections: [
      ...new Set([...required.map(({ folder }) => folder), path.join(own, 'local'), own]),
    ],
    required,
  };
}

/**
 * Relative to the project, else to the working directory, else absolute: the project's own files are
 * called the same wherever the program is started, in messages, plans and manifests.
 */
export function displayPath(
  file: string,
  paths: Pick<SearchPaths, 'projectDir' | 'workingDir'>,
): string {
  for (const base of [paths.projectDir, paths.workingDir]) {
    const relative = path.relative(base, file);
    if (!/^\.\.(\/|$)/.test(relative) && !path.isAbsolute(relative))
      return relative === '' ? '.' : relative;
  }
  return file;
}

/** A path to paste into a shell in the working directory. */
export function pastePath(file: string, paths: Pick<SearchPaths, 'workingDir'>): string {
  const relative = path.relative(paths.workingDir, file);
  return /^\.\.(\/|$)/.test(relative) || path.isAbsolute(relative) ? file : relative;
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
    ...(given.startsWith('profiles/')
      ? []
      : [
          path.join(paths.projectDir, 'profiles', 'local'),
          path.join(paths.projectDir, 'profiles'),
        ]),
  ];
  return [...new Set(bases.flatMap((base) => names.map((name) => path.resolve(base, name))))];
}
