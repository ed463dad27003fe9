import { afterEach, expect, jest, test } from '@jest/globals';
import { main } from '../../build-scripts/cli/main.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

test.each([
  ['a misspelt command', ['chek'], ['If "chek" was to be a command: mkimage check']],
  ['an option in front', ['--plain', 'no-such-profile'], []],
  ['a file', ['./chek.yml'], []],
])('%s that is no profile', async (_, argv, hints) => {
  let said = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  expect(await main(argv)).toBe(2);
  expect(said).toContain('there is no profile');
  expect(said.split('\n').filter((line) => line.includes('was to be a command'))).toEqual(hints);
});
