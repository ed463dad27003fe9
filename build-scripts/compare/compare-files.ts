import type { Change } from './compare-values.ts';
import type { RootContents, RootEntry } from './root-contents.ts';

/** What of a file is different; `attribute` names follow: `attribute security.capability`. */
export type FileAspect =
  'type' | 'content' | 'target' | 'device' | 'mode' | 'owner' | 'links' | `attribute ${string}`;

export interface FileChange {
  /** Without `/` in front. */
  readonly path: string;
  readonly change: Change;
  /** Empty unless changed. */
  readonly aspects: readonly FileAspect[];
  /** The package it belongs to, in B, or in A when it was removed. */
  readonly package: string | undefined;
  readonly a?: RootEntry | undefined;
  readonly b?: RootEntry | undefined;
}

/** Sorted by path, folders before what is in them. */
export function compareFiles(a: RootContents, b: RootContents): FileChange[] {
  const paths = new Set([...a.entries.keys(), ...b.entries.keys()]);
  const changes: FileChange[] = [];
  for (const path of paths) {
    const [left, right] = [a.entries.get(path), b.entries.get(path)];
    const aspects = left && right ? aspectsOf(left, right) : [];
    if (left && right && aspects.length === 0) continue;
    // A folder comes with a package; what is changed about it, any of several may have done.
    const isShared = left?.type === 'directory' && right?.type === 'directory';
    changes.push({
      path,
      change: left === undefined ? 'added' : right === undefined ? 'removed' : 'changed',
      aspects,
      package: isShared ? undefined : ((right && b.ownerOf(path)) ?? a.ownerOf(path)),
      a: left,
      b: right,
    });
  }
  return changes.sort((x, y) => comparePaths(x.path, y.path));
}

/** `a/b` before `a-b`, so that what is in a folder follows it. */
function comparePaths(a: string, b: string): number {
  const [x, y] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')];
  return x < y ? -1 : x > y ? 1 : 0;
}

function aspectsOf(a: RootEntry, b: RootEntry): FileAspect[] {
  const aspects: FileAspect[] = [];
  if (a.type !== b.type) aspects.push('type');
  else {
    if (a.sha256 !== b.sha256 || a.size !== b.size) aspects.push('content');
    if (a.target !== b.target) aspects.push('target');
    if (a.device !== b.device) aspects.push('device');
  }
  // The permissions of a symlink mean nothing.
  const isLink = a.type === 'symlink' || b.type === 'symlink';
  if (a.mode !== b.mode && !isLink) aspects.push('mode');
  if (a.uid !== b.uid || a.gid !== b.gid) aspects.push('owner');
  if (a.links !== b.links) aspects.push('links');
  const names = new Set([...Object.keys(a.attributes), ...Object.keys(b.attributes)]);
  for (const name of [...names].sort())
    if (a.attributes[name] !== b.attributes[name]) aspects.push(`attribute ${name}`);
  return aspects;
}
