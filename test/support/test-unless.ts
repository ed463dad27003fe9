import { describe, test } from '@jest/globals';

/** Why something can't run on this machine, a few words; undefined when it can. */
export type SkipReason = string | undefined;

/**
 * `test`, unless there is a reason: then the test is skipped and its name says why. test/run lists
 * skipped tests with these reasons.
 *
 *     testUnless(root ? undefined : 'needs root', 'mounts', async () => { … });
 */
export function testUnless(
  reason: SkipReason,
  name: string,
  run: () => void | Promise<void>,
  timeoutMs?: number,
): void {
  if (reason === undefined) test(name, run, timeoutMs);
  else test.skip(`${name} (skipped: ${reason})`, run);
}

/** `describe`, unless there is a reason; see {@link testUnless}. */
export function describeUnless(reason: SkipReason, name: string, define: () => void): void {
  if (reason === undefined) describe(name, define);
  else describe.skip(`${name} (skipped: ${reason})`, define);
}
