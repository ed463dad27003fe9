import type { Sandbox } from '../host/sandbox.ts';
import type { BuildLog } from '../host/build-log.ts';
import { BufferPool } from '../host/buffer-pool.ts';
import type { WrittenFile } from '../host/write-compressed.ts';
import { writeFrames, type FrameStore } from '../host/write-frames.ts';
import { tarChunks, type ChunkSizes } from './tar-chunks.ts';

export interface PackRequest {
  readonly root: string;
  readonly sandbox: Sandbox;
  readonly log: BuildLog;
  readonly target: string;
  /** No file in the tarball is younger: seconds since 1970. */
  readonly epoch: number;
  readonly level: number;
  /** Others wait for what is done beside it: it takes the time that they leave. */
  readonly inBackground: boolean;
  /** Compressed parts of earlier tarballs. */
  readonly frames?: FrameStore | undefined;
  readonly onProgress: (bytesIn: number, bytesOut: number) => void;
}

/**
 * GNU tar's arguments for a root tree: sorted, numeric owners, extended attributes and ACLs, and no
 * device nodes (a container gets its own, and an unprivileged one can not even unpack them).
 * The pax headers leave out what differs between two equal trees. So does doing without --sparse:
 * where holes are depends on the file system, and GNU tar writes its process id into such entries.
 */
export function rootTarCommand(root: string, epoch: number): string[] {
  return [
    'tar',
    '--create',
    '--directory',
    root,
    '--sort=name',
    '--numeric-owner',
    '--format=posix',
    // What a pipe holds, in blocks of 512 bytes: with tar's 20 it is filled in small pieces.
    '--blocking-factor=128',
    '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
    '--xattrs',
    '--acls',
    `--mtime=@${epoch}`,
    '--clamp-mtime',
    '--one-file-system',
    '--anchored',
    '--no-wildcards-match-slash',
    '--exclude=./dev/*',
    '.',
  ];
}

/** Of what runs in the background; see nice(1). */
const NICENESS = 10;
const MIB = 1024 ** 2;
/** What is alike is found within a chunk only: from this level on zstd looks further than a few MiB. */
const FAR_LOOKING_LEVEL = 10;
const SHORT: ChunkSizes = { least: 1 * MIB, most: 4 * MIB };
const LONG: ChunkSizes = { least: 24 * MIB, most: 96 * MIB };

/** Packs the root as a zstd-compressed tarball, on all processors. */
export async function packRoot(request: PackRequest): Promise<WrittenFile> {
  const { root, sandbox, log, target, epoch, level } = request;
  const { frames, onProgress } = request;
  const sizes = level < FAR_LOOKING_LEVEL ? SHORT : LONG;
  const buffers = new BufferPool(sizes.most);
  const niceness = request.inBackground ? NICENESS : 0;
  const nice = request.inBackground ? ['nice', '-n', String(NICENESS)] : [];
  return sandbox.read([...nice, ...rootTarCommand(root, epoch)], { log }, (pieces) =>
    writeFrames(tarChunks(pieces, sizes, buffers), target, {
      level,
      frames,
      buffers,
      niceness,
      onProgress,
    }),
  );
}
