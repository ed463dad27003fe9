import path from 'node:path';
import { exists, listDirectory } from '../host/read-files.ts';
import { filesSchema, type FilesFile } from './collection-schema.ts';
import type { FileEntry } from './collection.ts';
import type { DiagnosticList, Location } from './diagnostics.ts';
import { suggestion } from './did-you-mean.ts';
import { displayPath, type SearchPaths } from './search-paths.ts';
import { validate } from './validate.ts';
import type { When } from './when.ts';
import { readYaml } from './yaml-source.ts';

/** What lies below `files/` of a collection, with the exceptions of its files.yml. */
export function loadFiles(
  collection: string,
  directory: string,
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): FileEntry[] {
  const filesDir = path.join(directory, 'files');
  const found = exists(filesDir) ? walk(filesDir, '/', paths, diagnostics) : [];
  const exceptions = readExceptions(directory, found, paths, diagnostics);
  return found.map(({ source, target, kind, mode }) => {
    const exception = exceptions.get(target);
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
      when: joinConditions(target, exceptions),
      ownWhen:
        exception?.when === undefined ? undefined : { when: exception.when, at: exception.whenAt },
      replaces:
        exception?.replaces === undefined
          ? undefined
          : { name: exception.replaces, at: exception.replacesAt },
      isException: exception !== undefined,
    };
  });
}

type Exception = FilesFile[number] & { readonly whenAt: Location; readonly replacesAt: Location };

/** The condition of a folder holds for everything in it. */
function joinConditions(
  target: string,
  exceptions: ReadonlyMap<string, Exception>,
): When | undefined {
  const own = exceptions.get(target)?.when;
  const parent = path.posix.dirname(target);
  const above = parent === target ? undefined : joinConditions(parent, exceptions);
  return own !== undefined && above !== undefined ? [above, own] : (own ?? above);
}

function readExceptions(
  directory: string,
  found: readonly Found[],
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): Map<string, Exception> {
  const exceptions = new Map<string, Exception>();
  const file = path.join(directory, 'files.yml');
  if (!exists(file)) return exceptions;
  const document = readYaml(file, displayPath(file, paths), diagnostics);
  const entries = document && validate(filesSchema, document, diagnostics);
  if (document === undefined || entries === undefined) return exceptions;
  const kinds = new Map(found.map(({ target, kind }) => [target, kind]));
  entries.forEach((exception, index) => {
    const target = path.posix.normalize(exception.path).replace(/(.)\/$/, '$1');
    const at = document.locate([index, 'path']);
    if (exceptions.has(target)) diagnostics.add({ message: `${target} is listed twice`, at });
    const kind = kinds.get(target);
    if (kind === undefined) {
      diagnostics.add({
        message: `there is no file ${displayPath(path.join(directory, 'files', target), paths)}`,
        hint: suggestion(target, kinds.keys(), 'files'),
        at,
      });
    } else if (kind !== 'file' && exception.template === true) {
      diagnostics.add({
        message: `a ${kind} can not be a template`,
        at: document.locate([index, 'template'], 'key'),
      });
    } else if (kind === 'symlink' && exception.mode !== undefined) {
      diagnostics.add({
        message: 'a symlink has no mode of its own',
        at: document.locate([index, 'mode'], 'key'),
      });
    }
    exceptions.set(target, {
      ...exception,
      whenAt: document.locate([index, 'when']),
      replacesAt: document.locate([index, 'replaces']),
    });
  });
  return exceptions;
}

interface Found {
  readonly source: string;
  readonly target: string;
  readonly kind: FileEntry['kind'];
  readonly mode: number;
}

function walk(
  directory: string,
  target: string,
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): Found[] {
  return listDirectory(directory).flatMap((entry): Found[] => {
    const source = path.join(directory, entry.name);
    const own = path.posix.join(target, entry.name);
    if (entry.kind === 'other') {
      diagnostics.add({
        message: 'neither a file nor a folder nor a symlink',
        hint: 'let a hook make device nodes, sockets and pipes',
        where: displayPath(source, paths),
      });
      return [];
    }
    const found: Found = { source, target: own, kind: entry.kind, mode: entry.mode };
    return entry.kind === 'directory' ? [found, ...walk(source, own, paths, diagnostics)] : [found];
  });
}
