/** How finely zeros are looked for, bytes: 16 blocks of the usual file systems. */
const PIECE = 65_536;
const ZEROS = new Uint8Array(PIECE);

/** A run of bytes in a buffer. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

/**
 * The parts of `data` that are worth writing to a fresh file: all of it but the pieces (64 KiB) in
 * which every byte is zero. Neighbouring pieces come as one.
 */
export function nonZeroRuns(data: Uint8Array): Run[] {
  const runs: { start: number; end: number }[] = [];
  for (let start = 0; start < data.length; start += PIECE) {
    const end = Math.min(start + PIECE, data.length);
    if (Buffer.compare(data.subarray(start, end), ZEROS.subarray(0, end - start)) === 0) continue;
    const last = runs.at(-1);
    if (last?.end === start) last.end = end;
    else runs.push({ start, end });
  }
  return runs;
}
