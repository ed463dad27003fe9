import { describe, expect, test } from '@jest/globals';
import { memorySize, sizeText, wholeNumber } from '../../build-scripts/cli/argument-values.ts';

describe('a whole number', () => {
  const port = wholeNumber('--ssh', 1, 65535);

  test.each([
    ['1', 1],
    ['65535', 65535],
    [['1', '22'], 22],
  ])('%j', (given, value) => {
    expect(port(given)).toBe(value);
  });

  test.each(['0', '65536', 'abc', '', '-1', '2.5', '0x10', '1e3', ' 1'])('not %j', (given) => {
    expect(() => port(given)).toThrow(
      `--ssh takes a whole number from 1 to 65535, and not "${given}"`,
    );
  });
});

test.each(['512M', '1.5G', '2T'])('a size: %j', (given) => {
  expect(sizeText('--disk-size')(given)).toBe(given);
});

test.each(['banana', '20', '20GB', '0G', '-1G', '', '.5G'])('no size: %j', (given) => {
  expect(() => sizeText('--disk-size')(given)).toThrow(
    `--disk-size takes a size like 512M or 20G, and not "${given}"`,
  );
});

test.each([
  ['128M', 128],
  ['1.5G', 1536],
  ['1T', 1024 ** 2],
])('memory: %j', (given, mib) => {
  expect(memorySize('--memory')(given)).toBe(mib);
});

test('memory: too little', () => {
  expect(() => memorySize('--memory')('64M')).toThrow('--memory takes 128M or more, and not "64M"');
});
