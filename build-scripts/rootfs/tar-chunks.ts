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
 */
export async function* tarChunks(
  source: AsyncIterable<Buffer>,
  { least, most }: ChunkSizes,
): AsyncGenerator<Buffer> {
  let chunk: Buffer[] = [];
  let length = 0;
  /** Bytes until the next header. */
  let left = 0;
  let header = Buffer.alloc(0);
  let isExtended = false;
  const take = (): Buffer => {
    const whole = Buffer.concat(chunk, length);
    chunk = [];
    length = 0;
    return whole;
  };
  for await (const piece of source) {
    let at = 0;
    while (at < piece.length) {
      if (left > 0) {
        if (length >= most) yield take();
        const end = Math.min(piece.length, at + left, at + most - length);
        const data = piece.subarray(at, end);
        chunk.push(data);
        length += data.length;
        left -= data.length;
        at = end;
        continue;
      }
      const end = Math.min(piece.length, at + BLOCK - header.length);
      header = Buffer.concat([header, piece.subarray(at, end)]);
      at = end;
      if (header.length < BLOCK) continue;
      const isFull = length + BLOCK > most;
      if (isFull || (!isExtended && length >= least && beginsChunk(header))) yield take();
      chunk.push(header);
      length += BLOCK;
      left = Math.ceil(parseSize(header) / BLOCK) * BLOCK;
      isExtended = EXTENSIONS.has(header.toString('latin1', 156, 157));
      header = Buffer.alloc(0);
    }
  }
  if (header.length > 0) {
    chunk.push(header);
    length += header.length;
  }
  if (length > 0) yield take();
}

/** By its name: FNV-1a (RFC draft-eastlake-fnv), 32 bits. */
function beginsChunk(header: Buffer): boolean {
  let hash = 0x811c9dc5;
  for (let index = 0; index < 100 && header[index] !== 0; index++)
    hash = Math.imul(hash ^ (header[index] ?? 0), 0x01000193);
  return (hash >>> 0) % ENTRIES === 0;
}
