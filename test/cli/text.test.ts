import { expect, test } from '@jest/globals';
import { showValue, table } from '../../build-scripts/cli/text.ts';

test.each<[unknown, string]>([
  [undefined, '(unset)'],
  [null, '(unset)'],
  ['', '""'],
  ['text', 'text'],
  ['two\nlines', '"two\\nlines"'],
  [0, '0'],
  [false, 'false'],
  [[], '[]'],
  [['a', 1, []], '[a, 1, []]'],
  [{}, '{}'],
  [{ a: 1, b: { c: ['d'] } }, '{a: 1, b: {c: [d]}}'],
])('%j is shown as %s', (value, expected) => {
  expect(showValue(value)).toBe(expected);
});

test('columns are aligned, empty ends vanish, one long cell does not widen its column', () => {
  const long = 'x'.repeat(61);
  expect(
    table([
      ['a', 'b', 'last'],
      ['longer', '', ''],
      [long, 'b', 'last'],
    ]),
  ).toEqual(['a       b  last', 'longer', `${long}  b  last`]);
});
