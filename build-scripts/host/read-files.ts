import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** What a directory entry is, without following symlinks. */
export type EntryKind = 'file' | 'directory' | 'symlink' | 'other';

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: EntryKind;
  /** Permission bits (0o7777); of the link itself for a symlink. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
}

/** @throws the error of `fs` when the file cannot be read */
export function readText(file: string): string {
  return readFileSync(file, 'utf8');
}

/** Whether the path leads to something; a dangling symlink does not. */
export function exists(file: string): boolean {
  return existsSync(file);
}

/**
 * What is in a directory, sorted by name (by code unit, the same everywhere).
 * @throws the error of `fs` when the directory cannot be read
 */
export function listDirectory(directory: string): DirectoryEntry[] {
  return readdirSync(directory)
    .sort()
    .map((name) => {
      const stats = lstatSync(path.join(directory, name));
      let kind: EntryKind = 'other';
      if (stats.isFile()) kind = 'file';
      else if (stats.isDirectory()) kind = 'directory';
      else if (stats.isSymbolicLink()) kind = 'symlink';
      return { name, kind, mode: stats.mode & 0o7777, size: stats.size };
    });
}

/**
 * The absolute path with all symlinks resolved.
 * @throws the error of `fs` when it leads nowhere
 */
export function realPath(file: string): string {
  return realpathSync(file);
}
