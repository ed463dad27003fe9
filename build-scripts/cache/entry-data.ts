import { constants, copyFile } from 'node:fs/promises';
import { contentHash, sparseSha256 } from '../host/content-hash.ts';
import { CommandError, UserError } from '../host/errors.ts';
import { hashFile } from '../host/hash-file.ts';
import { runCommand } from '../host/process.ts';

/**
 * What is kept, from the first layer of a build to the last: downloaded packages, installed packages,
 * finished root file systems, compressed parts of their tarballs, initramfs images, raw disks, and
 * the formats they are converted to.
 */
export const KINDS = [
  'download',
  'packages',
  'root',
  'frame',
  'initramfs',
  'disk',
  'image',
] as const;
export type Kind = (typeof KINDS)[number];

/**
 * The checksum of an entry's data: SHA-256 of the file, of a disk that of its content.
 * @returns lower-case hex
 */
export async function checksumOf(kind: Kind, file: string): Promise<string> {
  if (kind === 'disk') return contentHash(file);
  if (kind === 'image') return sparseSha256(file);
  return (await hashFile(file)).sha256;
}

/** A copy with the same holes, which shares its blocks where the file system can do that. */
export async function copySparse(from: string, to: string): Promise<void> {
  const command = ['cp', '--reflink=auto', '--sparse=auto', '--no-preserve=mode', '--', from, to];
  // Why it fails is read from what it says.
  await runCommand(command, { env: { LC_ALL: 'C' } });
}

/** What the system says of a place without room for a file: error codes, and the words of programs. */
const NO_ROOM = { codes: ['ENOSPC', 'EDQUOT'], words: /No space left|quota exceeded/i };
/** And of one that does not take it: not from this user, or not a file as large as this. */
const CLOSED = {
  codes: ['EACCES', 'EPERM', 'EROFS', 'EFBIG'],
  words: /Permission denied|Operation not permitted|Read-only file system|File too large/i,
};

function says({ codes, words }: typeof NO_ROOM, error: unknown): boolean {
  if (error instanceof CommandError) return error.lastLines.some((line) => words.test(line));
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Whether an error says that the cache is full, or can not be written: no reason for a build to fail. */
export const cannotKeep = (error: unknown): boolean =>
  error instanceof UserError || says(NO_ROOM, error) || says(CLOSED, error);

/**
 * Copies data of an entry.
 * @throws UserError when there is no room for it
 */
export async function copyData(kind: Kind, from: string, to: string): Promise<void> {
  try {
    if (kind === 'disk' || kind === 'image') await copySparse(from, to);
    else await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    if (!says(NO_ROOM, error)) throw error;
    throw new UserError(`there is no space left for ${to}`, {
      hint: 'free some space, or choose another folder with --output-dir',
      cause: error,
    });
  }
}
