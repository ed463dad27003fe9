import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { DecompressStream } from 'zstd-napi';
import { UserError } from '../host/errors.ts';
import { CutOff } from './byte-source.ts';
import { readRoot } from './read-root.ts';
import { DamagedTar } from './read-tar.ts';
import type { RootContents } from './root-contents.ts';

/** First bytes of compressed files, and how to see what is in them. */
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const OTHERS = [
  { magic: Buffer.from([0x1f, 0x8b]), name: 'gzip', command: 'gzip -dk' },
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), name: 'xz', command: 'xz -dk' },
  { magic: Buffer.from('BZh'), name: 'bzip2', command: 'bzip2 -dk' },
];

/**
 * Reads a root file system tarball, `.tar.zst` or `.tar`.
 * @throws UserError when it can not be read, or is damaged
 */
export async function readTarball(file: string): Promise<RootContents> {
  const start = await readStart(file);
  const startsWith = (magic: Buffer): boolean => start.subarray(0, magic.length).equals(magic);
  const other = OTHERS.find(({ magic }) => startsWith(magic));
  if (other !== undefined) {
    throw new UserError(`${file} is compressed with ${other.name}: only zstd is read`, {
      hint: `${other.command} ${file}`,
    });
  }
  const source = createReadStream(file, { highWaterMark: 256 * 1024 });
  const chunks = startsWith(ZSTD) ? pipeline(source, new DecompressStream(), ignore) : source;
  try {
    const root = await readRoot(chunks as AsyncIterable<Buffer>);
    if (root.entries.size === 0) throw new DamagedTar('holds no files');
    return root;
  } catch (error) {
    // The disk, and nothing in the file.
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw damaged(file, error as Error);
  }
}

const ignore = (): void => undefined;

async function readStart(file: string): Promise<Buffer> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw new UserError(`${file} can not be read: ${(error as Error).message}`, { cause: error });
  });
  try {
    const start = Buffer.alloc(8);
    const { bytesRead } = await handle.read(start, 0, start.length, 0);
    if (bytesRead === 0) throw new UserError(`${file} is empty`);
    return start;
  } finally {
    await handle.close();
  }
}

function damaged(file: string, error: Error): UserError {
  if (error instanceof DamagedTar && !error.message.includes('damaged'))
    return new UserError(`${file} ${error.message}`, { cause: error });
  const where = error instanceof DamagedTar ? error.message : 'is damaged';
  return new UserError(`${file} ${error instanceof CutOff ? 'is cut off' : where}`, {
    hint: 'compare it with its SHA256SUMS, and copy or build it again',
    cause: error,
  });
}
