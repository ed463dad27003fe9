import type { BufferPool } from '../host/buffer-pool.ts';
import { parseSize } from './tar-header.ts';

/** Bytes between which a chunk is long. */
export interface ChunkSizes {
  readonly least: number;
  readonly most: number;
}

/** ustar interchange format: pax(1), "Extended Description". */
const BLOCK = 512;
/** Headers that say something about the entry after them: pax, and GNU's long names. */
const EXTENSIONS = new Set(['x', 'g', 'L', 'K']);
/** Of so many entries one begins a new chunk, once a chunk is long enough. */
const ENTRIES = 64;

/**
 * Cuts a tar stream into chunks that are the same where the entries are the same: they begin at
 * entries whose name decides that, so that a file which has grown shifts nothing behind it.
 * @param source its pieces are used only until the next one is asked for
 * @param buffers of at least `most` bytes; each chunk is one
 */
export async function* tarChunks(
  source: AsyncIterable<Uint8Array>,
  { least, most }: ChunkSizes,
  buffers: BufferPool,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let chunk = buffers.take();
  let length = 0;
  /** Bytes until the next header. */
  let left = 0;
  const header = Buffer.alloc(BLOCK);
  let headerLength = 0;
  let isExtended = false;
  const cut = (): Uint8Array<ArrayBuffer> => {
    const whole = chunk.subarray(0, length);
    chunk = buffers.take();
    length = 0;
    return whole;
  };
  const append = (data: Uint8Array): void => {
    chunk.set(data, length);
    length += data.length;
  };
  for await (const piece of source) {
    let at = 0;
    while (at < piece.length) {
      if (left > 0) {
        if (length >= most) yield cut();
        const end = Math.min(piece.length, at + left, at + most - length);
        append(piece.subarray(at, end));
        left -= end - at;
        at = end;
        continue;
      }
      const end = Math.min(piece.length, at + BLOCK - headerLength);
      header.set(piece.subarray(at, end), headerLength);
      headerLength += end - at;
      at = end;
      if (headerLength < BLOCK) continue;
      const isFull = length + BLOCK > most;
      if (isFull || (!isExtended && length >= least && beginsChunk(header))) yield cut();
      append(header);
      left = Math.ceil(parseSize(header) / BLOCK) * BLOCK;
      isExtended = EXTENSIONS.has(header.toString('latin1', 156, 157));
      headerLength = 0;
    }
  }
  if (headerLength > 0) append(header.subarray(0, headerLength));
  if (length > 0) yield chunk.subarray(0, length);
}

/** By its name: FNV-1a (RFC draft-eastlake-fnv), 32 bits. */
function beginsChunk(header: Buffer): boolean {
  let hash = 0x811c9dc5;
  for (let index = 0; index < 100 && header[index] !== 0; index++)
    hash = Math.imul(hash ^ (header[index] ?? 0), 0x01000193);
  return (hash >>> 0) % ENTRIES === 0;
}
