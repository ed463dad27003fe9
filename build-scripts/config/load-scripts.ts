import path from 'node:path';
import { exists, listDirectory, realPath, type DirectoryEntry } from '../host/read-files.ts';
import { HOOK_PHASES, NUMBERED_FILES, type Hook } from './collection.ts';
import type { DiagnosticList } from './diagnostics.ts';
import { suggestion } from './did-you-mean.ts';
import { displayPath, pastePath, type SearchPaths } from './search-paths.ts';

/** Hooks of a collection, by phase and name; mistakes are reported and left out. */
export function loadHooks(
  collection: string,
  directory: string,
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): Hook[] {
  const hooksDir = path.join(directory, 'hooks');
  if (!exists(hooksDir)) return [];
  return listDirectory(hooksDir).flatMap((folder) => {
    const phase = HOOK_PHASES.find((known) => known === folder.name);
    const folderPath = path.join(hooksDir, folder.name);
    if (phase === undefined || folder.kind !== 'directory') {
      diagnostics.add({
        message:
          folder.kind === 'file'
            ? 'hooks lie in the folders of their phases, not here'
            : `unknown hook phase "${folder.name}"`,
        hint:
          folder.kind === 'file'
            ? `move it to one of these: ${HOOK_PHASES.map((known) => `hooks/${known}/`).join(', ')}`
            : suggestion(folder.name, HOOK_PHASES, 'hook phases'),
        where: displayPath(folderPath, paths),
      });
      return [];
    }
    return listDirectory(folderPath).flatMap((entry): Hook[] => {
      const file = path.join(folderPath, entry.name);
      const match = checkNumbered(entry, file, 'hook', paths, diagnostics);
      if (match === undefined) return [];
      const inChroot = match[2] !== undefined;
      return [
        { collection, phase, file: entry.name, order: Number(match[1]), path: file, inChroot },
      ];
    });
  });
}

/** Tests of a collection, in their order: absolute paths. */
export function loadTests(
  directory: string,
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): string[] {
  const testsDir = path.join(directory, 'tests');
  if (!exists(testsDir)) return [];
  return listDirectory(testsDir)
    .map((entry) => ({ entry, file: path.join(testsDir, entry.name) }))
    .filter(({ entry, file }) => checkNumbered(entry, file, 'test', paths, diagnostics))
    .map(({ file }) => file);
}

function checkNumbered(
  entry: DirectoryEntry,
  file: string,
  what: 'hook' | 'test',
  paths: SearchPaths,
  diagnostics: DiagnosticList,
): RegExpExecArray | undefined {
  const report = (message: string, hint?: string): undefined => {
    diagnostics.add({ message, hint, where: displayPath(file, paths) });
    return undefined;
  };
  const match = NUMBERED_FILES[what].exec(entry.name);
  if (entry.kind === 'directory' || match === null) {
    const ending = {
      hook: ', with ".chroot" at the end if it runs inside the image',
      test: ', with ".host" at the end if it runs beside the image',
    }[what];
    report(
      `"${entry.name}" is not the name of a ${what}`,
      `name it like 50-what-it-does: two digits and lower-case words${ending}`,
    );
    return;
  }
  if (entry.kind === 'symlink' && !exists(file)) {
    report(`this ${what} is a symlink that leads nowhere`);
    return;
  }
  if ((modeOf(entry, file) & 0o111) === 0) {
    report(`this ${what} is not executable`, `chmod +x ${pastePath(file, paths)}`);
    return;
  }
  return match;
}

function modeOf(entry: DirectoryEntry, file: string): number {
  if (entry.kind !== 'symlink') return entry.mode;
  const target = realPath(file);
  const found = listDirectory(path.dirname(target)).find(
    ({ name }) => name === path.basename(target),
  );
  return found?.mode ?? 0;
}
