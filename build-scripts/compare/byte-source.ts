/** The stream ends in the middle of something. */
export class CutOff extends Error {}

/** Bytes of a stream in the portions that are asked for; no more than one chunk is kept. */
export class ByteSource {
  /** Bytes handed out so far. */
  position = 0;
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, piece by piece. @throws CutOff when there are fewer */
  async pass(bytes: number, onPiece: (piece: Buffer) => void): Promise<void> {
    for (let left = bytes; left > 0;) {
      if (this.rest.length === 0 && !(await this.pull())) throw new CutOff();
      const piece = this.rest.subarray(0, left);
      onPiece(piece);
      this.rest = this.rest.subarray(piece.length);
      this.position += piece.length;
      left -= piece.length;
    }
  }

  /** The next bytes in one piece, a copy. @throws CutOff */
  async take(bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    await this.pass(bytes, (piece) => pieces.push(piece));
    return Buffer.concat(pieces);
  }

  /** Reads to the end of the stream, so that its own checks are made. */
  async drain(): Promise<void> {
    do this.rest = Buffer.alloc(0);
    while (await this.pull());
  }

  private async pull(): Promise<boolean> {
    const next = await this.chunks.next();
    if (next.done === true) return false;
    this.rest = next.value;
    return true;
  }
}
