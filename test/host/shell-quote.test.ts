import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { shellQuote } from '../../build-scripts/host/shell-quote.ts';

test.each([
  [['ls', '-l', '/etc'], 'ls -l /etc'],
  [['echo', ''], "echo ''"],
  [['echo', "it's"], "echo 'it'\\''s'"],
  [['--opt=a,b:c@d%e+f'], '--opt=a,b:c@d%e+f'],
])('%j is shown as %s', (argv, text) => {
  expect(shellQuote(argv)).toBe(text);
});

test('a shell reads back exactly what was quoted', () => {
  const argv = ['a b', '$HOME `id` "x"', "'", '\\', '*', '~', 'new\nline', '', 'é;|&'];
  const output = execFileSync('sh', ['-c', `printf '%s\\0' ${shellQuote(argv)}`], {
    encoding: 'utf8',
  });
  expect(output.split('\0').slice(0, -1)).toEqual(argv);
});
