/** Memory of one size that is used over and over: what is left to the garbage collector piles up. */
export class BufferPool {
  private readonly size: number;
  private readonly free: ArrayBuffer[] = [];

  /** @param size of each buffer, in bytes */
  constructor(size: number) {
    this.size = size;
  }

  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.free.pop() ?? new ArrayBuffer(this.size));
  }

  /** @param buffer a view of one that was taken, by whoever has it now */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    this.free.push(buffer.buffer);
  }
}
