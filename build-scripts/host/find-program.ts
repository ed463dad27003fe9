import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** Where administration tools live; an ordinary user's PATH on Debian leaves these out. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** A PATH that also finds administration tools. */
export function withSystemFolders(searchPath = process.env.PATH ?? ''): string {
  const folders = searchPath.split(':').filter((folder) => folder !== '');
  return [...new Set([...folders, ...SYSTEM_FOLDERS])].join(':');
}

/** The absolute path of a program, looked up as the sandbox would, or undefined. */
export function findProgram(command: string): string | undefined {
  return withSystemFolders()
    .split(':')
    .map((folder) => path.join(folder, command))
    .find(isExecutableFile);
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
