import { chmod, copyFile, mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FileEntry } from '../config/collection.ts';
import { renderTemplate } from '../config/render-template.ts';

/**
 * Lays the files of all collections out below `directory`, rendered and with their modes; a later
 * collection replaces what an earlier one has. No folder of one is something else in another: see
 * checkFileConflicts.
 *
 * @param variablesFor what the templates of a collection may use
 */
export async function stageFiles(
  files: readonly FileEntry[],
  directory: string,
  variablesFor: (collection: string) => Record<string, unknown>,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const file of finalEntries(files)) {
    const staged = path.join(directory, file.target);
    await makeParents(directory, path.dirname(file.target));
    if (file.kind === 'directory') {
      await mkdir(staged, { recursive: true });
      await chmod(staged, file.mode ?? 0o755);
    } else if (file.kind === 'symlink') {
      await symlink(await readlink(file.source), staged);
    } else {
      if (file.template)
        await writeFile(
          staged,
          renderTemplate(
            await readFile(file.source, 'utf8'),
            file.source,
            variablesFor(file.collection),
          ),
        );
      else await copyFile(file.source, staged);
      await chmod(staged, file.mode ?? 0o644);
    }
  }
}

/**
 * The entries that count: the last one for each path. Folders are the exception, as each collection
 * has those that its files are in: the last one that says something about a folder decides.
 */
export function finalEntries(files: readonly FileEntry[]): FileEntry[] {
  const byTarget = new Map<string, FileEntry>();
  for (const file of files) {
    const earlier = byTarget.get(file.target);
    if (earlier === undefined || file.kind !== 'directory' || hasAttributes(file)) {
      byTarget.set(file.target, file);
    }
  }
  return [...byTarget.values()].sort((a, b) => (a.target < b.target ? -1 : 1));
}

const hasAttributes = ({ mode, owner, group }: FileEntry): boolean =>
  mode !== undefined || owner !== undefined || group !== undefined;

/** mkdir takes the umask into account, the image must not. */
async function makeParents(directory: string, target: string): Promise<void> {
  const parents = target.split('/').filter((part) => part !== '');
  for (let depth = 1; depth <= parents.length; depth++) {
    const parent = path.join(directory, ...parents.slice(0, depth));
    if ((await mkdir(parent, { recursive: true })) !== undefined) await chmod(parent, 0o755);
  }
}
