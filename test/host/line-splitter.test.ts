import { expect, test } from '@jest/globals';
import { LineSplitter } from '../../build-scripts/host/line-splitter.ts';

function split(chunks: readonly string[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

test.each([
  [['a\nb\n'], ['a', 'b']],
  [
    ['a', 'b\nc'],
    ['ab', 'c'],
  ],
  [['10%\r20%\r\ndone\n\n\n'], ['10%', '20%', 'done']],
  [
    ['x\r', '\ny'],
    ['x', 'y'],
  ],
  [[''], []],
])('%j', (chunks, lines) => {
  expect(split(chunks)).toEqual(lines);
});

test('a line without end does not pile up', () => {
  const pieces = split(Array.from({ length: 100 }, () => 'x'.repeat(10_000)));
  expect(pieces.length).toBeGreaterThan(10);
  expect(pieces.join('')).toHaveLength(1_000_000);
});
