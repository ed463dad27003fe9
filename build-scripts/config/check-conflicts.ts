import { isDeepStrictEqual } from 'node:util';
import type { Collection, FileEntry } from './collection.ts';
import type { DiagnosticList, Location } from './diagnostics.ts';
import type { OptionLayer, ResolvedOption } from './resolve-options.ts';
import { displayPath, type SearchPaths } from './search-paths.ts';

/**
 * What a collection builds upon, over any number of steps: it knows what is there, and may set it
 * otherwise.
 */
function buildsUpon(collections: readonly Collection[]): (name: string, other: string) => boolean {
  const named = (name: string): readonly Collection[] =>
    collections.filter(
      (one) => name === '*' || one.name === name || one.file.provides?.includes(name),
    );
  const reach = ({ file }: Collection, seen: Set<string>): Set<string> => {
    for (const next of [...(file.requires ?? []), ...(file.after ?? [])].flatMap(named)) {
      if (seen.has(next.name)) continue;
      seen.add(next.name);
      reach(next, seen);
    }
    return seen;
  };
  return (name, other) => named(name).some((one) => reach(one, new Set()).has(other));
}

/**
 * Two collections that know nothing of each other give an option different values, and nobody decides:
 * which one comes later is chance.
 */
export function checkValueConflicts(
  collections: readonly Collection[],
  layers: readonly OptionLayer[],
  options: ReadonlyMap<string, ResolvedOption>,
  diagnostics: DiagnosticList,
): void {
  const knows = buildsUpon(collections);
  const decided = new Set(
    layers.filter(({ kind }) => kind !== 'collection').flatMap(({ values }) => Object.keys(values)),
  );
  const given = new Map<string, { by: string; value: unknown; at: Location }>();
  for (const { name: by, file, document } of collections) {
    for (const [option, value] of Object.entries(file.set ?? {})) {
      const declaration = options.get(option)?.declaration;
      if (declaration === undefined || declaration.merge === 'append') continue;
      const at = document.locate(['set', option], 'key');
      const earlier = given.get(option);
      given.set(option, { by, value, at });
      if (earlier === undefined || decided.has(option)) continue;
      if (isDeepStrictEqual(earlier.value, value) || knows(by, earlier.by)) continue;
      diagnostics.add({
        message: `collections "${earlier.by}" and "${by}" set option "${option}" to different values`,
        hint: `the other value is at ${earlier.at.file}:${earlier.at.line}; set the option in the profile, which decides`,
        at,
      });
    }
  }
}

const kindName = ({ kind }: FileEntry): string => (kind === 'directory' ? 'folder' : kind);

/**
 * Two collections have the same file, and the later one does not say that it replaces the other's. A
 * folder in one that is something else in the other can not be: the files in it would go wherever a
 * symlink leads.
 * @param files in the order of their collections
 */
export function checkFileConflicts(
  files: readonly FileEntry[],
  collections: readonly Collection[],
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): void {
  const has = (name: string, path: string): boolean =>
    collections.find((one) => one.name === name)?.entries.some(({ target }) => target === path) ??
    true;
  const before = new Map<string, FileEntry[]>();
  for (const file of files) {
    const { target, collection, kind, replaces } = file;
    const others = before.get(target) ?? [];
    before.set(target, [...others, file]);
    const where = displayPath(file.source, paths);
    const mixed = others.find((other) => (other.kind === 'directory') !== (kind === 'directory'));
    const last = others.at(-1);
    if (mixed !== undefined) {
      diagnostics.add({
        message: `collection "${collection}" has a ${kindName(file)} ${target}, which is a ${kindName(mixed)} in collection "${mixed.collection}"`,
        hint: 'put the files where the symlink leads to, or use only one of the collections',
        where,
      });
    } else if (kind === 'directory' && replaces !== undefined) {
      diagnostics.add({
        message: 'a folder replaces nothing: those of all collections are joined',
        hint: 'name the files in it that are replaced',
        at: replaces.at,
      });
    } else if (last !== undefined && kind !== 'directory' && replaces?.name !== last.collection) {
      const other = displayPath(last.source, paths);
      diagnostics.add({
        message: `collections "${last.collection}" and "${collection}" both have ${target}`,
        hint:
          last.replaces?.name === collection
            ? `${other} is to replace this one, and comes earlier: write "after: [${collection}]" to collection "${last.collection}"`
            : `the other one is ${other}; if this one is to be taken, write "replaces: ${last.collection}" to it in files.yml`,
        ...(replaces === undefined ? { where } : { at: replaces.at }),
      });
    } else if (last === undefined && replaces !== undefined && !has(replaces.name, target)) {
      diagnostics.add({
        message: `${target} replaces nothing: collection "${replaces.name}" does not have it`,
        at: replaces.at,
      });
    }
  }
}
