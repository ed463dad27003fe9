/** From `start` up to, but not including, `end`, bytes. */
export interface ByteRange {
  start: number;
  end: number;
}

/** What has been written of a space. Neighbours are joined, so that it stays short. */
export class WrittenRanges {
  /** Ascending, with gaps between them. */
  private readonly ranges: ByteRange[] = [];

  /** @throws Error when a part of it was there already: every byte is written once */
  add(start: number, end: number): void {
    if (start === end) return;
    const index = this.indexBehind(start);
    const before = this.ranges[index - 1];
    const after = this.ranges[index];
    if ((before && before.end > start) || (after && after.start < end)) {
      throw new Error(`bytes between ${start} and ${end} are written a second time`);
    }
    const joinsBefore = before?.end === start;
    const joinsAfter = after?.start === end;
    if (joinsBefore && joinsAfter) {
      before.end = after.end;
      this.ranges.splice(index, 1);
    } else if (joinsBefore) {
      before.end = end;
    } else if (joinsAfter) {
      after.start = start;
    } else {
      this.ranges.splice(index, 0, { start, end });
    }
  }

  /** What is missing in a space of `size` bytes. */
  gaps(size: number): ByteRange[] {
    const starts = [0, ...this.ranges.map(({ end }) => end)];
    const ends = [...this.ranges.map(({ start }) => start), size];
    return starts
      .map((start, index) => ({ start, end: ends[index] ?? size }))
      .filter(({ start, end }) => start < end);
  }

  /** The index of the first range that starts behind `start`. */
  private indexBehind(start: number): number {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ranges[middle]?.start ?? 0) > start) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
