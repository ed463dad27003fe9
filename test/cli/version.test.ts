import { readFileSync } from 'node:fs';
import { afterEach, expect, jest, test } from '@jest/globals';
import { main } from '../../build-scripts/cli/main.ts';

const before = process.cwd();
afterEach(() => {
  process.chdir(before);
  jest.restoreAllMocks();
});

test('--version is known wherever the program is called', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const printed = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  process.chdir('/');
  expect(await main(['--version'])).toBe(0);
  expect(printed.mock.calls).toEqual([[version]]);
});
