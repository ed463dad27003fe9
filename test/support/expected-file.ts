import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/**
 * Compares a text with a file. With UPDATE_EXPECTED=1 in the environment it writes the file instead
 * and fails, so that nobody takes the update for a test.
 */
export function expectFile(file: string, text: string): void {
  if (process.env.UPDATE_EXPECTED !== undefined) {
    writeFileSync(file, text);
    throw new Error(`${file} was written; run again without UPDATE_EXPECTED`);
  }
  expect(text).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '(there is no such file)');
}
