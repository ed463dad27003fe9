import { AesXts } from './aes-xts.ts';
import { checkRange, type Space } from './space.ts';
import { WrittenRanges } from './written-ranges.ts';

/** Bytes that are encrypted before they are written. */
const CHUNK = 1024 ** 2;

export interface LuksSpaceOptions {
  /** 32 or 64 bytes; may be overwritten as soon as the space is made. */
  readonly key: Uint8Array;
  /** Bytes. */
  readonly sectorSize: 512 | 4096;
  /** `finish` encrypts zeros wherever nothing was written. */
  readonly fill?: boolean | undefined;
  /** How far the filling is, bytes. */
  readonly onFill?: ((filled: number, total: number) => void) | undefined;
  /** Ends the filling. */
  readonly signal?: AbortSignal | undefined;
}

/** A sector of which pieces are missing. */
interface PartialSector {
  readonly plain: Buffer;
  missing: number;
}

/**
 * What a LUKS container holds: encrypts with aes-xts-plain64 what is written and passes it on.
 * Sectors that nobody writes to stay holes, and read as noise once the container is open.
 *
 * A sector is encrypted when all of it is there, or by `finish`, with zeros for what is missing;
 * without `finish` such sectors are lost.
 *
 * @param payload the encrypted data, from the payload offset to the end; whole sectors
 * @throws RangeError when its size is not a multiple of the sector size
 */
export function luksSpace(payload: Space, options: LuksSpaceOptions): Space {
  const { sectorSize, fill = false, onFill, signal } = options;
  const { size } = payload;
  if (size % sectorSize !== 0) {
    throw new RangeError(`${size} bytes are not whole sectors of ${sectorSize} bytes`);
  }
  const cipher = new AesXts(options.key, sectorSize);
  const written = new WrittenRanges();
  const partial = new Map<number, PartialSector>();
  let isFinished = false;

  async function encryptTo(offset: number, plain: Uint8Array): Promise<void> {
    const encrypted = Buffer.allocUnsafeSlow(Math.min(plain.length, CHUNK));
    for (let start = 0; start < plain.length; start += CHUNK) {
      const part = plain.subarray(start, start + CHUNK);
      const target = encrypted.subarray(0, part.length);
      cipher.encrypt(part, offset + start, target);
      await payload.write(offset + start, target);
    }
  }

  /** Puts a piece into its sector. @returns the sector when that is complete */
  function collect(offset: number, piece: Uint8Array): Buffer | undefined {
    const at = offset - (offset % sectorSize);
    const sector = partial.get(at) ?? { plain: Buffer.alloc(sectorSize), missing: sectorSize };
    sector.plain.set(piece, offset - at);
    sector.missing -= piece.length;
    if (sector.missing > 0) {
      partial.set(at, sector);
      return undefined;
    }
    partial.delete(at);
    return sector.plain;
  }

  async function fillGaps(): Promise<void> {
    // Sectors that were written in part are complete by now.
    const gaps = written.gaps(size).flatMap((gap) => {
      const start = Math.ceil(gap.start / sectorSize) * sectorSize;
      const end = Math.floor(gap.end / sectorSize) * sectorSize;
      return start < end ? [{ start, end }] : [];
    });
    const total = gaps.reduce((sum, { start, end }) => sum + end - start, 0);
    const zeros = Buffer.alloc(Math.min(CHUNK, size));
    let filled = 0;
    for (const { start, end } of gaps) {
      for (let at = start; at < end; at += CHUNK) {
        signal?.throwIfAborted();
        const part = zeros.subarray(0, Math.min(CHUNK, end - at));
        await encryptTo(at, part);
        filled += part.length;
        onFill?.(filled, total);
      }
    }
  }

  return {
    size,
    async write(offset, data) {
      if (isFinished) throw new Error('the LUKS container is finished');
      checkRange(size, offset, data.length);
      const end = offset + data.length;
      written.add(offset, end);
      // Pieces are taken before anything is awaited: another write may bring the rest of a sector.
      const wholeStart = Math.min(Math.ceil(offset / sectorSize) * sectorSize, end);
      const wholeEnd = Math.max(Math.floor(end / sectorSize) * sectorSize, wholeStart);
      const complete: [number, Buffer][] = [];
      for (const [from, to] of [
        [offset, wholeStart],
        [wholeEnd, end],
      ] as const) {
        if (from === to) continue;
        const sector = collect(from, data.subarray(from - offset, to - offset));
        if (sector) complete.push([from - (from % sectorSize), sector]);
      }
      await encryptTo(wholeStart, data.subarray(wholeStart - offset, wholeEnd - offset));
      for (const [at, sector] of complete) await encryptTo(at, sector);
    },
    async finish() {
      isFinished = true;
      for (const [at, { plain }] of partial) await encryptTo(at, plain);
      partial.clear();
      if (fill) await fillGaps();
    },
  };
}
