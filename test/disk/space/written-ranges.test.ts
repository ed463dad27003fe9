import { describe, expect, test } from '@jest/globals';
import { WrittenRanges } from '../../../build-scripts/disk/space/written-ranges.ts';

type Pairs = [number, number][];
function ranges(added: Pairs): WrittenRanges {
  const written = new WrittenRanges();
  for (const [start, end] of added) written.add(start, end);
  return written;
}

describe('what is missing', () => {
  test.each<[string, Pairs, Pairs]>([
    ['nothing written', [], [[0, 100]]],
    ['all written', [[0, 100]], []],
    ['no bytes written', [[5, 5]], [[0, 100]]],
    [
      'one in the middle',
      [[10, 20]],
      [
        [0, 10],
        [20, 100],
      ],
    ],
    [
      'in any order',
      [
        [50, 60],
        [0, 10],
        [20, 30],
      ],
      [
        [10, 20],
        [30, 50],
        [60, 100],
      ],
    ],
    [
      'a gap closed',
      [
        [0, 10],
        [20, 100],
        [10, 20],
      ],
      [],
    ],
    [
      'joined in front',
      [
        [20, 30],
        [10, 20],
      ],
      [
        [0, 10],
        [30, 100],
      ],
    ],
    [
      'joined behind',
      [
        [10, 20],
        [20, 30],
      ],
      [
        [0, 10],
        [30, 100],
      ],
    ],
  ])('%s', (_, added, expected) => {
    expect(ranges(added).gaps(100)).toEqual(expected.map(([start, end]) => ({ start, end })));
  });
});

test.each<[number, number]>([
  [10, 20],
  [5, 11],
  [19, 25],
  [12, 13],
  [0, 100],
])('what is there is not written again: %d to %d', (start, end) => {
  const written = ranges([[10, 20]]);
  expect(() => {
    written.add(start, end);
  }).toThrow(`bytes between ${start} and ${end} are written a second time`);
});
