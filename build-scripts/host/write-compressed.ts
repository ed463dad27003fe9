import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CompressStream } from 'zstd-napi';

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
  /** Threads beside this one. The output depends on whether there are any, not on how many. */
  readonly workers: number;
  readonly onProgress?: (bytesIn: number, bytesOut: number) => void;
}

/** Streams `source` through zstd into a new file, hashing what is written. */
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
  const zstd = new CompressStream({
    compressionLevel: options.level,
    nbWorkers: Math.max(1, options.workers),
    checksumFlag: true,
  });
  await pipeline(source, countIn, zstd, countOut, createWriteStream(path, { mode: 0o644 }));
  return { path, bytes, sha256: hash.digest('hex'), bytesIn };
}
