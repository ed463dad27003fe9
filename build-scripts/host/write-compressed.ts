import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import os from 'node:os';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CompressStream, type CompressParameters } from 'zstd-napi';
import { UserError } from './errors.ts';

export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Before compression. */
  readonly bytesIn: number;
}

export interface CompressOptions {
  /** zstd level, 1 to 22. */
  readonly level: number;
  readonly onProgress?: (bytesIn: number, bytesOut: number) => void;
}

/** More threads than this gain little and each one takes its share of memory. */
const MOST_WORKERS = 8;
/** Bytes a thread works on. zstd's own choice (8 MiB and up) needs 200 MB of memory for 8 threads. */
const JOB_SIZE = 4 * 1024 ** 2;
/** From this level on zstd looks back further than a job of ours is long. */
const FAR_LOOKING_LEVEL = 10;

/**
 * At least one thread beside this one: the output is the same for any number of them, but not for
 * none, and identical input has to give identical output on every host.
 */
function zstdParameters(level: number): CompressParameters {
  return {
    compressionLevel: level,
    nbWorkers: Math.min(MOST_WORKERS, os.availableParallelism()),
    ...(level < FAR_LOOKING_LEVEL ? { jobSize: JOB_SIZE } : {}),
    checksumFlag: true,
  };
}

/**
 * Streams `source` through zstd on all processors into a new file, hashing what is written.
 * @throws UserError when there is no space for it
 */
export async function writeCompressed(
  source: Readable,
  path: string,
  options: CompressOptions,
): Promise<WrittenFile> {
  const hash = createHash('sha256');
  let bytesIn = 0;
  let bytes = 0;
  const countIn = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytesIn += chunk.length;
      done(null, chunk);
    },
  });
  const countOut = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      options.onProgress?.(bytesIn, bytes);
      done(null, chunk);
    },
  });
  const zstd = new CompressStream(zstdParameters(options.level));
  const file = createWriteStream(path, { mode: 0o644 });
  await pipeline(source, countIn, zstd, countOut, file).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new UserError(`there is no space left for ${path}`, {
      hint: 'free some space, or choose another folder with --output-dir',
      cause: error,
    });
  });
  return { path, bytes, sha256: hash.digest('hex'), bytesIn };
}
