import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Extent } from '../host/data-extents.ts';

/** Bytes; what bmaptool's own maps have. */
const BLOCK = 4096;
const PIECE = 1024 ** 2;

interface BlockRange {
  readonly first: number;
  /** The last one that belongs to it. */
  readonly last: number;
}

/**
 * The block map of a sparse file, version 2.0 of the format of bmaptool: which blocks have data, and
 * a SHA-256 of each range of them. The checksum of the map itself is taken with zeros in its place.
 * @param size of the file, bytes
 */
export async function blockMap(
  file: string,
  size: number,
  extents: readonly Extent[],
): Promise<string> {
  const ranges = blockRanges(extents);
  const blocks = Math.ceil(size / BLOCK);
  const mapped = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const lines: string[] = [];
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(PIECE);
    for (const { first, last } of ranges) {
      const hash = createHash('sha256');
      const end = Math.min((last + 1) * BLOCK, size);
      for (let at = first * BLOCK; at < end;) {
        const wanted = Math.min(PIECE, end - at);
        const { bytesRead } = await handle.read(buffer, 0, wanted, at);
        if (bytesRead === 0) throw new Error(`${file} became shorter while it was read`);
        hash.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
      const blocksOf = first === last ? `${first}` : `${first}-${last}`;
      lines.push(`        <Range chksum="${hash.digest('hex')}"> ${blocksOf} </Range>`);
    }
  } finally {
    await handle.close();
  }
  const text = (checksum: string): string =>
    [
      '<?xml version="1.0" ?>',
      '<bmap version="2.0">',
      `    <ImageSize> ${size} </ImageSize>`,
      `    <BlockSize> ${BLOCK} </BlockSize>`,
      `    <BlocksCount> ${blocks} </BlocksCount>`,
      `    <MappedBlocksCount> ${mapped} </MappedBlocksCount>`,
      '    <ChecksumType> sha256 </ChecksumType>',
      `    <BmapFileChecksum> ${checksum} </BmapFileChecksum>`,
      '    <BlockMap>',
      ...lines,
      '    </BlockMap>',
      '</bmap>',
      '',
    ].join('\n');
  return text(
    createHash('sha256')
      .update(text('0'.repeat(64)))
      .digest('hex'),
  );
}

/** Whole blocks, ascending, neighbours joined. */
export function blockRanges(extents: readonly Extent[]): BlockRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const { start, length } of extents) {
    if (length === 0) continue;
    const first = Math.floor(start / BLOCK);
    const last = Math.ceil((start + length) / BLOCK) - 1;
    const previous = ranges.at(-1);
    if (previous !== undefined && first <= previous.last + 1)
      previous.last = Math.max(previous.last, last);
    else ranges.push({ first, last });
  }
  return ranges;
}
