import { close, read } from 'node:fs';
import { Readable } from 'node:stream';

/** What a pipe holds: pipe(7). */
const PIECE = 64 * 1024;

/**
 * Reads a pipe in pieces that share the memory of two: what Node's own streams leave to the garbage
 * collector, for a root tree, takes seconds and 100 MB.
 *
 * A piece may only be used until the next one is asked for.
 * @param fd of the reading end, in blocking mode; closed in the end
 */
export function readPieces(fd: number): Readable {
  const [first, second] = [Buffer.allocUnsafeSlow(PIECE), Buffer.allocUnsafeSlow(PIECE)];
  let [current, other] = [first, second];
  let afterRead: (() => void) | undefined;
  let isReading = false;
  return new Readable({
    // Counts pieces: with one that waits, the next one is not read yet.
    objectMode: true,
    highWaterMark: 1,
    read() {
      isReading = true;
      read(fd, current, 0, PIECE, null, (error, length) => {
        isReading = false;
        if (afterRead !== undefined) afterRead();
        else if (error !== null) this.destroy(error);
        else if (length === 0) this.push(null);
        else {
          const piece = current.subarray(0, length);
          [current, other] = [other, current];
          this.push(piece);
        }
      });
    },
    destroy(error, done) {
      const end = (): void => {
        close(fd, () => {
          done(error);
        });
      };
      // Its number may be another file's as soon as it is closed.
      if (isReading) afterRead = end;
      else end();
    },
  });
}
