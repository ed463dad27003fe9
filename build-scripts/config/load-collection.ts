import path from 'node:path';
import { exists, listDirectory } from '../host/read-files.ts';
import { declarationProblems } from './check-declaration.ts';
import { collectionSchema, type CollectionFile } from './collection-schema.ts';
import type { Collection } from './collection.ts';
import type { DiagnosticList } from './diagnostics.ts';
import { suggestion } from './did-you-mean.ts';
import { loadFiles } from './load-files.ts';
import { loadHooks, loadTests } from './load-scripts.ts';
import { displayPath, type SearchPaths } from './search-paths.ts';
import { validateParts } from './validate.ts';
import { readYaml } from './yaml-source.ts';

const DISK = 'disk.yml.liquid';
const REPOSITORIES = 'repositories.yml.liquid';
const KNOWN_ENTRIES = [
  ...['README.md', 'collection.yml', DISK, REPOSITORIES],
  ...['files', 'files.yml', 'hooks', 'keys', 'tests'],
];

/**
 * Reads and checks one collection and reports every mistake. What is right is returned nevertheless,
 * so that one mistake does not hide others.
 *
 * @returns undefined when collection.yml can not be read at all
 */
export function loadCollection(
  name: string,
  directory: string,
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): Collection | undefined {
  const ymlPath = path.join(directory, 'collection.yml');
  const document = readYaml(ymlPath, displayPath(ymlPath, paths), diagnostics);
  const parts = document && validateParts(collectionSchema, document, diagnostics);
  checkEntries(directory, paths, diagnostics);
  const entries = loadFiles(name, directory, paths, diagnostics);
  const hooks = loadHooks(name, directory, paths, diagnostics);
  const tests = loadTests(directory, paths, diagnostics);
  if (document === undefined || parts === undefined) return undefined;
  const file: CollectionFile = { ...parts.value, summary: parts.value.summary ?? '' };
  const collection = {
    name,
    directory,
    document,
    file,
    broken: parts.broken,
    entries,
    hooks,
    disk: fileIn(directory, DISK),
    repositories: fileIn(directory, REPOSITORIES),
    tests,
  };
  checkVirtual(collection, diagnostics);
  checkDeclarations(collection, diagnostics);
  return collection;
}

function fileIn(directory: string, name: string): string | undefined {
  const file = path.join(directory, name);
  return exists(file) ? file : undefined;
}

/** A virtual collection that also contributes something is a misunderstanding. */
function checkVirtual(
  { file, document, entries, hooks, disk, repositories }: Collection,
  diagnostics: DiagnosticList,
): void {
  if (file.virtual !== true) return;
  const contributes = [
    ...(['packages', 'services', 'options'] as const).filter((key) => file[key] !== undefined),
    ...(entries.length > 0 ? ['files/'] : []),
    ...(hooks.length > 0 ? ['hooks/'] : []),
    ...(disk === undefined ? [] : [DISK]),
    ...(repositories === undefined ? [] : [REPOSITORIES]),
  ];
  if (contributes.length === 0) return;
  diagnostics.add({
    message: `a virtual collection only pulls in others, but this one has ${contributes.join(', ')}`,
    hint: 'remove "virtual: true" or move the rest into a collection of its own',
    at: document.locate(['virtual'], 'key'),
  });
}

function checkDeclarations({ file, document }: Collection, diagnostics: DiagnosticList): void {
  for (const [option, declaration] of Object.entries(file.options ?? {})) {
    for (const { message, hint, path: inner, part } of declarationProblems(declaration)) {
      diagnostics.add({
        message: `option "${option}": ${message}`,
        hint,
        at: document.locate(['options', option, ...inner], part),
      });
    }
  }
}

/** Nested collections are folders too; anything else is a misspelling that would go unnoticed. */
function checkEntries(directory: string, paths: SearchPaths, diagnostics: DiagnosticList): void {
  for (const entry of listDirectory(directory)) {
    if (KNOWN_ENTRIES.includes(entry.name) || entry.name.startsWith('.')) continue;
    if (entry.kind === 'directory' && holdsCollection(path.join(directory, entry.name))) continue;
    diagnostics.add({
      message: `a collection has no ${entry.kind === 'directory' ? 'folder' : 'file'} "${entry.name}"`,
      hint: suggestion(entry.name, KNOWN_ENTRIES, 'a collection holds'),
      where: displayPath(path.join(directory, entry.name), paths),
    });
  }
}

function holdsCollection(directory: string): boolean {
  if (exists(path.join(directory, 'collection.yml'))) return true;
  return listDirectory(directory).some(
    (entry) => entry.kind === 'directory' && holdsCollection(path.join(directory, entry.name)),
  );
}
