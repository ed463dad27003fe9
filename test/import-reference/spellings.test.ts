import { describe, expect, test } from '@jest/globals';
import {
  macAddress,
  mebibytes,
  ports,
  sizeSpellings,
  timeOfDay,
  wholeNumber,
  withScheme,
} from '../../build-scripts/import-reference/spellings.ts';

test.each([
  ['2G', 2048],
  ['512m', 512],
  ['1.5GiB', 1536],
  ['2 GB', 2048],
  ['1T', 1024 * 1024],
  ['512k', 0.5],
  ['8192', undefined],
  ['G', undefined],
  ['-1G', undefined],
  ['20%', undefined],
])('%s in MiB', (size, expected) => {
  expect(mebibytes(size)).toBe(expected);
});

test.each([
  ['2g', ['2G', '2048M']],
  ['20GiB', ['20G', '20480M']],
  ['1.5G', ['1.5G', '1536M']],
  ['512k', ['512K']],
  ['20%', ['20%']],
  ['', ['']],
])('size %j', (size, expected) => {
  expect(sizeSpellings(size)).toEqual(expected);
});

test.each([
  ['90', 90],
  ['', ''],
  ['ninety', 'ninety'],
  ['0x10', '0x10'],
  [' ', ' '],
])('number %j', (text, expected) => {
  expect(wholeNumber(text)).toBe(expected);
});

test.each([
  ['proxy.example.org:3128', 'http://proxy.example.org:3128'],
  ['192.0.2.1:3128', 'http://192.0.2.1:3128'],
  ['https://proxy.example.org', 'https://proxy.example.org'],
  ['unix:/run/app.sock', 'unix:/run/app.sock'],
])('address %s', (address, expected) => {
  expect(withScheme(address)).toBe(expected);
});

test.each(['52:54:00:AB:CD:EF', '52-54-00-ab-cd-ef', '5254.00ab.cdef'])('mac %s', (text) => {
  expect(macAddress(text)).toBe('52:54:00:ab:cd:ef');
});
test('what is no mac stays as it is', () => {
  expect(macAddress('52-54')).toBe('52-54');
});

test.each([
  ['2:00', '02:00'],
  ['12:00', '12:00'],
  ['now', 'now'],
])('time %s', (text, expected) => {
  expect(timeOfDay(text)).toBe(expected);
});

describe('ports', () => {
  test.each([
    ['80 443', { single: [80, 443], ranges: [], unknown: [] }],
    ['80,443', { single: [80, 443], ranges: [], unknown: [] }],
    ['{ ssh, HTTP }\n8000-8010', { single: [22, 80], ranges: ['8000-8010'], unknown: [] }],
    ['gopher 80-', { single: [], ranges: [], unknown: ['gopher', '80-'] }],
    ['constructor', { single: [], ranges: [], unknown: ['constructor'] }],
    ['', { single: [], ranges: [], unknown: [] }],
  ])('%j', (text, expected) => {
    expect(ports(text)).toEqual(expected);
  });
});
