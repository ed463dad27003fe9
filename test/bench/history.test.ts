import { describe, expect, test } from '@jest/globals';
import { compare, formatBenchmarks, type Run } from './history.ts';

const run = (measured: string, wanted: string, date = '2026-11-01'): Run => ({
  date,
  commit: 'abc1234',
  machine: '2 × CPU, 8 GiB',
  results: [{ what: 'a build', measured, wanted }],
});

describe('a number', () => {
  test.each([
    ['within its bound', '1.10', '≤ 1.3', []],
    ['outside of it', '1.31', '≤ 1.3', ['a build: 1.31, wanted is ≤ 1.3']],
    ['too small', '480', '> 500', ['a build: 480, wanted is > 500']],
    ['with a unit', '11.9 %', '< 10 %', ['a build: 11.9 %, wanted is < 10 %']],
    ['without a bound', '99', '', []],
  ])('%s', (_, measured, wanted, findings) => {
    expect(compare(run(measured, wanted), [])).toEqual(findings);
  });

  test('much worse than it used to be, though within its bound', () => {
    const before = ['0.9', '1.0', '1.1'].map((measured) => run(measured, '≤ 2'));
    expect(compare(run('1.2', '≤ 2'), before)).toEqual([]);
    expect(compare(run('1.3', '≤ 2'), before)).toEqual(['a build: 1.3, it used to be 1']);
    expect(compare(run('600', '> 500'), [run('900', '> 500')])).toEqual([
      'a build: 600, it used to be 900',
    ]);
  });
});

test('the table shows what it was before', () => {
  const text = formatBenchmarks(run('1.2', '≤ 2'), [run('1.1', '≤ 2')]);
  expect(text).toContain('| a build | 1.2 | ≤ 2 | 1.1 |');
  expect(text).toContain('2026-11-01, version abc1234, on 2 × CPU, 8 GiB');
});
