import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { expectedFile, refusalOf, refusedNames } from '../support/refused.ts';

/**
 * Each folder in test/fixtures/refused/ is a project with mistakes; expected.txt is the whole text
 * that it gets. `UPDATE_EXPECTED=1 npm test -- refused` writes these files (and fails): read them
 * aloud before you commit them.
 */
test.each(refusedNames())('%s is refused in the expected words', async (name) => {
  const text = await refusalOf(name);
  if (process.env.UPDATE_EXPECTED !== undefined) {
    writeFileSync(expectedFile(name), text);
    throw new Error('expected.txt was written, run again without UPDATE_EXPECTED');
  }
  expect(text).toBe(existsSync(expectedFile(name)) ? readFileSync(expectedFile(name), 'utf8') : '');
});
