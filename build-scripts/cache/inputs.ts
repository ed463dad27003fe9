import { createHash, createHmac } from 'node:crypto';
import path from 'node:path';
import { lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { listDirectory } from '../host/read-files.ts';

/**
 * What a layer is made from: the name of each thing, as a person knows it, and a digest of it.
 * Equal inputs give equal layers; the names say which thing has changed.
 */
export type Inputs = ReadonlyMap<string, string>;

/** SHA-256 of values that JSON can tell apart, lower-case hex. */
export function digest(...values: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(values, (_, value: unknown) => value ?? null))
    .digest('hex');
}

/** The same for values that may be secret: nobody without the key can try guesses. */
export function secretDigest(key: Buffer, ...values: readonly unknown[]): string {
  return createHmac('sha256', key)
    .update(digest(...values))
    .digest('hex');
}

/** Names the layer with these inputs: 64 hex digits. */
export function keyOf(inputs: Inputs): string {
  return digest([...inputs].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A thing that is not the same in both. */
export interface Difference {
  readonly name: string;
  readonly how: 'added' | 'removed' | 'changed';
}

export function differences(before: Inputs, after: Inputs): Difference[] {
  const found: Difference[] = [];
  for (const [name, value] of after) {
    const old = before.get(name);
    if (old === undefined) found.push({ name, how: 'added' });
    else if (old !== value) found.push({ name, how: 'changed' });
  }
  for (const name of before.keys()) if (!after.has(name)) found.push({ name, how: 'removed' });
  return found;
}

/** For people: `collections/base/files/etc/motd changed`, of many the first ones. */
export function describeDifferences(found: readonly Difference[]): string {
  const shown = found.slice(0, 3).map(({ name, how }) => `${name} ${how}`);
  if (found.length > 3) shown.push(`${found.length - 3} more`);
  return shown.join(', ');
}

/**
 * Everything below a folder by what it is: kind, permission bits and content, never times or sizes.
 * @param name what the folder is called in names
 * @param leaveOut of paths relative to the folder
 */
export function treeInputs(
  folder: string,
  name: string,
  leaveOut: (relative: string) => boolean = () => false,
): Map<string, string> {
  const inputs = new Map<string, string>();
  const visit = (relative: string): void => {
    for (const entry of listDirectory(path.join(folder, relative))) {
      const own = path.join(relative, entry.name);
      if (leaveOut(own)) continue;
      inputs.set(path.join(name, own), fileDigest(path.join(folder, own)));
      if (entry.kind === 'directory') visit(own);
    }
  };
  visit('');
  return inputs;
}

/** Of a file, folder or symlink itself; a symlink's target counts as well, where it is a file. */
export function fileDigest(file: string): string {
  const stats = lstatSync(file);
  const mode = stats.mode & 0o7777;
  if (stats.isFile()) return digest('file', mode, contentDigest(file));
  if (!stats.isSymbolicLink()) return digest(stats.isDirectory() ? 'directory' : 'other', mode);
  const target = statSync(file, { throwIfNoEntry: false });
  const content = target?.isFile() === true ? [target.mode & 0o7777, contentDigest(file)] : [];
  return digest('symlink', readlinkSync(file), ...content);
}

const contentDigest = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');
