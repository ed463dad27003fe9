import { posix } from 'node:path';
import type { FileChange } from './compare-files.ts';

export interface Counts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** Files that are told by their number. */
export interface FileGroup {
  /** A package, or what these files have in common. */
  readonly name: string;
  readonly counts: Counts;
}

/** One line of a list of files: a file, or a folder with some of what is in it. */
export type FileLine =
  | { readonly kind: 'file'; readonly file: FileChange }
  | {
      readonly kind: 'folder';
      readonly path: string;
      /** The folder itself came or went, with all that is in it; undefined when it did not. */
      readonly whole: 'added' | 'removed' | undefined;
      /** Of what is in it, folders not counted. */
      readonly counts: Counts;
      /** Bytes of the files that came or went with it. */
      readonly bytes: number;
    };

export interface FileSummary {
  /** Files that a change of their package explains. */
  readonly groups: readonly FileGroup[];
  readonly lines: readonly FileLine[];
}

/** What dpkg, apt and the scripts of packages keep about packages. */
const STATE =
  /^(var\/lib\/(dpkg|ucf)\/|var\/lib\/apt\/extended_states$|var\/lib\/systemd\/deb-systemd-helper-|var\/cache\/debconf\/|etc\/ld\.so\.cache$)/;

/**
 * What has to be said about changed files, in short. Files of packages that changed are counted per
 * package, and the state of packages together; of the others, folders that came or went stand for
 * what is in them. When that is still more than `most` lines, the fullest folders are counted, too.
 * @param changedPackages names of packages added, removed, upgraded or downgraded
 */
export function summarizeFiles(
  files: readonly FileChange[],
  changedPackages: ReadonlySet<string>,
  most: number,
): FileSummary {
  const grouped = new Map<string, FileChange[]>();
  const others: FileChange[] = [];
  const byPath = new Map(files.map((file) => [file.path, file]));
  for (const file of files) {
    const name = groupOf(file, changedPackages, byPath);
    if (name === undefined) others.push(file);
    else append(grouped, name, file);
  }
  const lines = withWholeFolders(others);
  return {
    groups: [...grouped]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, members]) => ({ name, counts: countsOf(members) })),
    lines: lines.length <= most ? lines : byFolder(lines, most),
  };
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function groupOf(
  file: FileChange,
  packages: ReadonlySet<string>,
  byPath: ReadonlyMap<string, FileChange>,
): string | undefined {
  const owner = file.package ?? targetOf(file, byPath)?.package;
  if (owner !== undefined && packages.has(owner)) return owner;
  return packages.size > 0 && STATE.test(file.path) ? '(state of packages)' : undefined;
}

/** Packages add links to their own files, such as those that start a service: what came with it. */
function targetOf(
  { path, change, a, b }: FileChange,
  byPath: ReadonlyMap<string, FileChange>,
): FileChange | undefined {
  const link = (b ?? a)?.target;
  if (link === undefined || change === 'changed') return undefined;
  const target = posix.join('/', link.startsWith('/') ? '' : posix.dirname(path), link).slice(1);
  const file = byPath.get(target) ?? byPath.get(`usr/${target}`);
  return file?.change === change ? file : undefined;
}

export function countsOf(files: readonly FileChange[]): Counts {
  const count = (change: FileChange['change']): number =>
    files.filter((file) => file.change === change).length;
  return { added: count('added'), removed: count('removed'), changed: count('changed') };
}

const isFolder = ({ a, b }: FileChange): boolean => (b ?? a)?.type === 'directory';

/** @param files sorted, folders before what is in them */
function withWholeFolders(files: readonly FileChange[]): FileLine[] {
  const lines: FileLine[] = [];
  for (let i = 0; i < files.length;) {
    const file = files[i];
    if (file === undefined) break;
    i += 1;
    if (file.change === 'changed' || !isFolder(file)) {
      lines.push({ kind: 'file', file });
      continue;
    }
    const start = i;
    while (files[i]?.path.startsWith(`${file.path}/`) === true) i += 1;
    const inside = files.slice(start, i).filter((one) => !isFolder(one));
    lines.push({
      kind: 'folder',
      path: file.path,
      whole: file.change,
      counts: countsOf(inside),
      bytes: inside.reduce((sum, { a, b }) => sum + ((b ?? a)?.size ?? 0), 0),
    });
  }
  return lines;
}

/** Puts the lines of a folder together, of one folder after the other, until they are few enough. */
function byFolder(lines: readonly FileLine[], most: number): FileLine[] {
  // One at a time keeps as much as can be, and takes too long where there are thousands.
  let result = cutDepth(lines, 20 * most);
  while (result.length > most) {
    const folder = folderToCount(result);
    if (folder === undefined) return result;
    result = withFolder(result, folder);
  }
  return result;
}

/** Puts together what is deepest, everywhere at once. */
function cutDepth(lines: readonly FileLine[], most: number): FileLine[] {
  let result = [...lines];
  let depth = lines.reduce((deepest, line) => Math.max(deepest, depthOf(pathOf(line))), 0) - 1;
  for (; depth > 0 && result.length > most; depth -= 1) {
    const folders = new Map<string, FileLine[]>();
    for (const line of result) {
      const parts = pathOf(line).split('/');
      const isDeeper = parts.length > depth;
      append(folders, isDeeper ? `${parts.slice(0, depth).join('/')}/` : pathOf(line), line);
    }
    result = [...folders].flatMap(([key, members]) =>
      members.length === 1 ? members : [folderLine(key.slice(0, -1), members)],
    );
  }
  return result;
}

/**
 * The folder that should stand for what is below it: the one with the most lines of its own, then
 * the deepest with several; top folders such as `/etc` last, as little is said by their names.
 */
function folderToCount(lines: readonly FileLine[]): string | undefined {
  const own = new Map<string, number>();
  const below = new Map<string, number>();
  for (const line of lines) {
    const parent = parentOf(line);
    own.set(parent, (own.get(parent) ?? 0) + 1);
    for (let path = parent; path !== ''; path = parentPath(path))
      below.set(path, (below.get(path) ?? 0) + 1);
  }
  const several = [...below].filter(([, count]) => count > 1).map(([path]) => path);
  const isFull = (path: string): boolean => path.includes('/') && (own.get(path) ?? 0) > 1;
  const full = several.filter(isFull);
  const byDepth = (a: string, b: string): number => depthOf(b) - depthOf(a);
  const by = (counts: Map<string, number>) => (a: string, b: string) =>
    (counts.get(b) ?? 0) - (counts.get(a) ?? 0);
  return full.length > 0
    ? full.sort((a, b) => by(own)(a, b) || byDepth(a, b))[0]
    : several.sort((a, b) => byDepth(a, b) || by(below)(a, b))[0];
}

/** One line for all that is below a folder, in the place of the first. */
function withFolder(lines: readonly FileLine[], folder: string): FileLine[] {
  const isBelow = (line: FileLine): boolean => pathOf(line).startsWith(`${folder}/`);
  const members = lines.filter(isBelow);
  return lines.flatMap((line) => {
    if (!isBelow(line)) return [line];
    return line === members[0] ? [folderLine(folder, members)] : [];
  });
}

const depthOf = (path: string): number => path.split('/').length;

const pathOf = (line: FileLine): string => (line.kind === 'file' ? line.file.path : line.path);

const parentOf = (line: FileLine): string => parentPath(pathOf(line));

const parentPath = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

function folderLine(path: string, members: readonly FileLine[]): FileLine {
  const own = countsOf(members.flatMap((line) => (line.kind === 'file' ? line.file : [])));
  const sum = (key: keyof Counts): number =>
    members.reduce((total, line) => {
      if (line.kind === 'file') return total;
      // A folder that came or went is one of those that did.
      return total + line.counts[key] + (line.whole === key ? 1 : 0);
    }, own[key]);
  return {
    kind: 'folder',
    path,
    whole: undefined,
    counts: { added: sum('added'), removed: sum('removed'), changed: sum('changed') },
    bytes: 0,
  };
}
