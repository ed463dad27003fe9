import { describe, expect, test } from '@jest/globals';
import {
  MIB,
  exactSize,
  missingSize,
  parseSize,
  roughSize,
} from '../../../build-scripts/disk/plan/sizes.ts';

describe('parseSize', () => {
  test.each([
    ['1K', 1024],
    ['512M', 536_870_912],
    ['1.5G', 1_610_612_736],
    ['2T', 2_199_023_255_552],
    ['0.1M', 104_857.6],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toEqual({ kind: 'bytes', bytes });
  });

  test.each([
    ['rest', { kind: 'rest' }],
    ['auto', { kind: 'auto' }],
    ['50%', { kind: 'percent', percent: 50 }],
  ])('%s', (text, spec) => {
    expect(parseSize(text)).toEqual(spec);
  });
});

test.each([
  [0, '0'],
  [1000, '1000 B'],
  [136 * 1024, '136 KiB'],
  [1024 * MIB, '1 GiB'],
  [1025 * MIB, '1025 MiB'],
])('exactSize: %d bytes are %s', (bytes, text) => {
  expect(exactSize(bytes)).toBe(text);
});

test.each([
  [500, '0.5 KiB'],
  [60 * MIB, '60 MiB'],
  [1.25 * 1024 * MIB, '1.3 GiB'],
])('roughSize: %d bytes are %s', (bytes, text) => {
  expect(roughSize(bytes)).toBe(text);
});

test('what is missing is never rounded down', () => {
  expect([1, MIB, MIB + 1].map(missingSize)).toEqual(['1 MiB', '1 MiB', '2 MiB']);
});
