import { test } from '@jest/globals';
import { expectFile } from '../support/expected-file.ts';
import { expectedFile, refusalOf, refusedNames } from '../support/refused.ts';

/**
 * Each folder in test/fixtures/refused/ is a project with mistakes; expected.txt is the whole text
 * that it gets. `UPDATE_EXPECTED=1 npm test -- refused` writes these files: read them aloud before
 * you commit them.
 */
test.each(refusedNames())('%s is refused in the expected words', async (name) => {
  expectFile(expectedFile(name), await refusalOf(name));
});
