import path from 'node:path';
import { exists, listDirectory } from '../host/read-files.ts';
import type { SearchPaths } from './search-paths.ts';

/** Folders below `profiles/` whose files are meant to be extended, not built. */
const SHARED_FOLDERS = ['common'];

/**
 * Names of the profiles that can be built, as the command line takes them (`deb12-amd64-lxc`,
 * `examples/web`), private ones included. Left out: site defaults and, unless asked
 * for, parts to extend.
 */
export function listProfileNames(
  paths: Pick<SearchPaths, 'projectDir'>,
  include: { readonly shared: boolean } = { shared: false },
): string[] {
  return walk(path.join(paths.projectDir, 'profiles'), '', include.shared).sort();
}

function walk(folder: string, prefix: string, shared: boolean): string[] {
  if (!exists(folder)) return [];
  return listDirectory(folder).flatMap((entry) => {
    // Editors keep their own copies under such names.
    if (entry.name.startsWith('.')) return [];
    if (entry.kind === 'directory') {
      if (!shared && prefix === '' && SHARED_FOLDERS.includes(entry.name)) return [];
      return walk(path.join(folder, entry.name), `${prefix}${entry.name}/`, shared);
    }
    const name = `${prefix}${entry.name}`;
    return /\.ya?ml$/.test(name) && name !== 'local/defaults.yml'
      ? [name.replace(/\.ya?ml$/, '')]
      : [];
  });
}
