import { expect, test } from '@jest/globals';
import { formatBytes, formatSeconds } from '../../build-scripts/host/format.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [82_340_000, '82.3 MB'],
  [4_000_000_000, '4.0 GB'],
  [5e15, '5000.0 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.04, '0.0 s'],
  [12.34, '12.3 s'],
  [99.96, '1 min 40 s'],
  [125, '2 min 05 s'],
  [3599.6, '60 min 00 s'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});
