import path from 'node:path';
import { exists, listDirectory, readText } from '../host/read-files.ts';
import {
  collectionSchema,
  filesSchema,
  type CollectionFile,
  type FilesFile,
} from './collection-schema.ts';
import {
  HOOK_PHASES,
  NUMBERED_FILE,
  type Collection,
  type FileEntry,
  type Hook,
} from './collection.ts';
import type { DiagnosticList, Location } from './diagnostics.ts';
import { suggestion } from './did-you-mean.ts';
import { displayPath, type SearchPaths } from './search-paths.ts';
import { validate } from './validate.ts';
import { parseYaml, type YamlDocument } from './yaml-source.ts';

const KNOWN_ENTRIES = ['README.md', 'collection.yml', 'files', 'files.yml', 'hooks', 'tests'];

/** Reads and checks one collection; reports every mistake and returns undefined when it is unusable. */
export function loadCollection(
  name: string,
  directory: string,
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): Collection | undefined {
  const show = (file: string): string => displayPath(file, paths);
  const ymlPath = path.join(directory, 'collection.yml');
  const document = parseYaml(readText(ymlPath), show(ymlPath), diagnostics);
  const file = document && validate(collectionSchema, document, diagnostics);
  const reporter = { show, diagnostics };
  checkEntries(directory, reporter);
  const entries = loadFiles(name, directory, reporter);
  const hooks = loadHooks(name, directory, reporter);
  const tests = loadTests(directory, reporter);
  if (document === undefined || file === undefined) return undefined;
  if (file.virtual === true) checkVirtual(file, document, entries, hooks, diagnostics);
  return { name, directory, document, file, entries, hooks, tests };
}

interface Reporter {
  readonly show: (file: string) => string;
  readonly diagnostics: DiagnosticList;
}

/** A virtual collection that also contributes something is a misunderstanding. */
function checkVirtual(
  file: CollectionFile,
  document: YamlDocument,
  entries: readonly FileEntry[],
  hooks: readonly Hook[],
  diagnostics: DiagnosticList,
): void {
  const contributes = [
    ...(['packages', 'services', 'options'] as const).filter((key) => file[key] !== undefined),
    ...(entries.length > 0 ? ['files/'] : []),
    ...(hooks.length > 0 ? ['hooks/'] : []),
  ];
  if (contributes.length === 0) return;
  diagnostics.add({
    message: `a virtual collection only pulls in others, but this one has ${contributes.join(', ')}`,
    hint: 'remove "virtual: true" or move the rest into a collection of its own',
    at: document.locate(['virtual'], 'key'),
  });
}

/** Nested collections are folders too; anything else is a misspelling that would go unnoticed. */
function checkEntries(directory: string, { show, diagnostics }: Reporter): void {
  for (const entry of listDirectory(directory)) {
    if (KNOWN_ENTRIES.includes(entry.name) || entry.name.startsWith('.')) continue;
    if (entry.kind === 'directory' && holdsCollection(path.join(directory, entry.name))) continue;
    diagnostics.add({
      message: `unknown ${entry.kind === 'directory' ? 'folder' : 'file'} in a collection`,
      hint: suggestion(entry.name, KNOWN_ENTRIES, 'a collection holds'),
      where: show(path.join(directory, entry.name)),
    });
  }
}

function holdsCollection(directory: string): boolean {
  if (exists(path.join(directory, 'collection.yml'))) return true;
  return listDirectory(directory).some(
    (entry) => entry.kind === 'directory' && holdsCollection(path.join(directory, entry.name)),
  );
}

function loadHooks(collection: string, directory: string, { show, diagnostics }: Reporter): Hook[] {
  const hooksDir = path.join(directory, 'hooks');
  if (!exists(hooksDir)) return [];
  const hooks: Hook[] = [];
  for (const folder of listDirectory(hooksDir)) {
    const phase = HOOK_PHASES.find((known) => known === folder.name);
    const folderPath = path.join(hooksDir, folder.name);
    if (phase === undefined || folder.kind !== 'directory') {
      diagnostics.add({
        message: `unknown hook phase "${folder.name}"`,
        hint: suggestion(folder.name, HOOK_PHASES, 'hook phases'),
        where: show(folderPath),
      });
      continue;
    }
    for (const entry of listDirectory(folderPath)) {
      const file = path.join(folderPath, entry.name);
      const match = checkNumbered(entry, file, 'hook', { show, diagnostics });
      if (match === undefined) continue;
      hooks.push({
        collection,
        phase,
        file: entry.name,
        order: Number(match[1]),
        path: file,
        inChroot: match[2] !== undefined,
      });
    }
  }
  return hooks;
}

function loadTests(directory: string, reporter: Reporter): string[] {
  const testsDir = path.join(directory, 'tests');
  if (!exists(testsDir)) return [];
  return listDirectory(testsDir)
    .map((entry) => ({ entry, file: path.join(testsDir, entry.name) }))
    .filter(({ entry, file }) => checkNumbered(entry, file, 'test', reporter) !== undefined)
    .map(({ file }) => file);
}

function checkNumbered(
  entry: { name: string; kind: string; mode: number },
  file: string,
  what: 'hook' | 'test',
  { show, diagnostics }: Reporter,
): RegExpExecArray | undefined {
  const match = NUMBERED_FILE.exec(entry.name);
  if (entry.kind === 'directory' || match === null) {
    diagnostics.add({
      message: `"${entry.name}" is not the name of a ${what}`,
      hint: `name it like 50-what-it-does${what === 'hook' ? ', with ".chroot" at the end if it runs inside the image' : ''}`,
      where: show(file),
    });
    return undefined;
  }
  if ((entry.mode & 0o111) === 0) {
    diagnostics.add({
      message: `this ${what} is not executable`,
      hint: `chmod +x ${show(file)}`,
      where: show(file),
    });
    return undefined;
  }
  return match;
}

function loadFiles(
  collection: string,
  directory: string,
  { show, diagnostics }: Reporter,
): FileEntry[] {
  const filesDir = path.join(directory, 'files');
  const found = exists(filesDir) ? walk(filesDir, '/') : [];
  const exceptions = readExceptions(directory, show, diagnostics);
  const known = new Map(found.map((entry) => [entry.target, entry]));
  const byPath = new Map<string, FilesFile[number] & { at: Location }>();
  exceptions?.value.forEach((exception, index) => {
    const target = path.posix.normalize(exception.path).replace(/(.)\/$/, '$1');
    const at = exceptions.document.locate([index, 'path']);
    if (byPath.has(target)) diagnostics.add({ message: `${target} is listed twice`, at });
    if (!known.has(target)) {
      diagnostics.add({
        message: `files.yml lists ${target}, but there is no ${show(path.join(filesDir, target))}`,
        hint: suggestion(target, known.keys(), 'files'),
        at,
      });
    }
    byPath.set(target, { ...exception, at: exceptions.document.locate([index]) });
  });
  return found.map(({ source, target, kind, mode }) => {
    const exception = byPath.get(target);
    const givenMode =
      exception?.mode === undefined ? undefined : Number.parseInt(exception.mode, 8);
    return {
      collection,
      source,
      target,
      kind,
      template: exception?.template ?? false,
      // git keeps the executable bit and nothing else, so nothing else may matter here.
      mode: givenMode ?? (kind === 'file' ? ((mode & 0o111) !== 0 ? 0o755 : 0o644) : undefined),
      owner: exception?.owner,
      group: exception?.group,
      when: exception?.when,
      exceptionAt: exception?.at,
    };
  });
}

function readExceptions(
  directory: string,
  show: (file: string) => string,
  diagnostics: DiagnosticList,
): { document: YamlDocument; value: FilesFile } | undefined {
  const file = path.join(directory, 'files.yml');
  if (!exists(file)) return undefined;
  const document = parseYaml(readText(file), show(file), diagnostics);
  const value = document && validate(filesSchema, document, diagnostics);
  return document === undefined || value === undefined ? undefined : { document, value };
}

interface Found {
  readonly source: string;
  readonly target: string;
  readonly kind: FileEntry['kind'];
  readonly mode: number;
}

function walk(directory: string, target: string): Found[] {
  return listDirectory(directory).flatMap((entry): Found[] => {
    const source = path.join(directory, entry.name);
    const own = path.posix.join(target, entry.name);
    if (entry.kind === 'other') return [];
    const found: Found = { source, target: own, kind: entry.kind, mode: entry.mode };
    return entry.kind === 'directory' ? [found, ...walk(source, own)] : [found];
  });
}
