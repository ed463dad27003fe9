import path from 'node:path';
import * as z from 'zod';
import { exists } from '../host/read-files.ts';
import type { Collection } from './collection.ts';
import type { Diagnostic, DiagnosticList } from './diagnostics.ts';
import type { Resolved } from './layers.ts';
import { renderYaml } from './render-yaml.ts';
import { displayPath, type SearchPaths } from './search-paths.ts';
import { repositorySchema, type Repository } from './settings.ts';
import { validate } from './validate.ts';

export interface RepositorySources {
  /** In the order in which they are applied. */
  readonly collections: readonly Collection[];
  /** Of templates, with host files relative to a folder; undefined when options have mistakes. */
  readonly variablesFor: ((folder: string) => Record<string, unknown>) | undefined;
  /** What profiles and the command line say. */
  readonly given: Resolved<readonly Repository[]>;
  readonly paths: SearchPaths;
}

/**
 * The repositories of the collections and, after them, those of the settings. One of the settings takes
 * the place of a collection's with the same name, whose key is not needed then.
 */
export function resolveRepositories(
  { collections, variablesFor, given, paths }: RepositorySources,
  diagnostics: DiagnosticList,
): Resolved<readonly Repository[]> {
  const replaced = new Set(given.value.map(({ name }) => name));
  const owners = new Map<string, string>();
  const found: Repository[] = [];
  for (const { name: collection, directory, repositories: file } of collections) {
    if (file === undefined || variablesFor === undefined) continue;
    const rendered = renderYaml(file, variablesFor(directory), paths, diagnostics);
    // Nothing at all: its conditions do not hold.
    if (rendered === undefined || rendered.document.value === null) continue;
    const { document } = rendered;
    const own = validate(z.array(repositorySchema), document, diagnostics) ?? [];
    own.forEach((repository, index) => {
      if (replaced.has(repository.name)) return;
      const owner = owners.get(repository.name);
      if (owner !== undefined) {
        diagnostics.add({
          message: `collections "${owner}" and "${collection}" both have a repository "${repository.name}"`,
          hint: 'rename one of them, or give the profile one of that name, which takes the place of both',
          at: document.locate([index, 'name']),
        });
        return;
      }
      owners.set(repository.name, collection);
      const place = { at: document.locate([index, 'key']) };
      found.push(withAbsoluteKey(repository, { directory, place, paths }, diagnostics));
    });
  }
  if (found.length === 0) return given;
  const origins = [...new Set(owners.values())].map((name) => ({
    kind: 'collection' as const,
    name,
  }));
  return {
    value: [...found, ...given.value],
    origins: given.value.length === 0 ? origins : [...origins, ...given.origins],
  };
}

/** Reports a key that is not there. */
export function withAbsoluteKey(
  repository: Repository,
  at: {
    /** What a relative path counts from. */
    readonly directory: string;
    readonly place: Pick<Diagnostic, 'at' | 'where'>;
    readonly paths: SearchPaths;
  },
  diagnostics: DiagnosticList,
): Repository {
  const key = path.resolve(at.directory, repository.key);
  if (!exists(key)) {
    diagnostics.add({
      message: `the signing key of repository "${repository.name}" does not exist`,
      hint: `searched: ${displayPath(key, at.paths)}`,
      ...at.place,
    });
  }
  return { ...repository, key };
}
