import path from 'node:path';
import { exists, listDirectory, realPath, type DirectoryEntry } from '../host/read-files.ts';
import { HOOK_PHASES, NUMBERED_FILE, type Hook } from './collection.ts';
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
  const match = NUMBERED_FILE[what].exec(entry.name);
  if (entry.kind === 'directory' || match === null) {
    report(`"${entry.name}" is not the name of a ${what}`, nameHint(entry, what));
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

const ENDINGS = {
  hook: '".chroot" at the end if it runs inside the image',
  test: '".host" at the end if it runs on the host, not in the image',
} as const;

function nameHint({ name, kind }: DirectoryEntry, what: 'hook' | 'test'): string {
  const other = what === 'hook' ? 'test' : 'hook';
  if (kind !== 'directory' && NUMBERED_FILE[other].test(name)) {
    // It has the ending of the other kind, and would be right without.
    const plain = path.parse(name).name;
    return what === 'hook'
      ? `only tests end like this: a hook runs on the host side if it is called ${plain}`
      : `only hooks end like this: a test runs inside the image if it is called ${plain}`;
  }
  return `name it like 50-what-it-does: two digits and lower-case words, with ${ENDINGS[what]}`;
}

function modeOf(entry: DirectoryEntry, file: string): number {
  if (entry.kind !== 'symlink') return entry.mode;
  const target = realPath(file);
  const found = listDirectory(path.dirname(target)).find(
    ({ name }) => name === path.basename(target),
  );
  return found?.mode ?? 0;
}
