/**
 * Sums up jest's results for test/run: skipped tests with their reasons, then the closing line
 * `N passed, N failed, N skipped`. Arguments: TIER EXITCODE RESULTFILE, repeated. Exit code 1 when
 * anything failed.
 */
import { readFileSync } from 'node:fs';

/**
 * What we read of `jest --json`.
 * @typedef {object} Results
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {number} numRuntimeErrorTestSuites files that failed before a test of theirs ran
 * @property {{ assertionResults: { status: string, fullName: string }[] }[]} testResults
 */

/** @param {string} file @returns {Results | undefined} undefined: jest wrote none */
function readResults(file) {
  try {
    return /** @type {Results} */ (JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

let passed = 0;
let failed = 0;
/** @type {string[]} */
const skipped = [];
/** @param {string} text */
const print = (text) => process.stdout.write(`${text}\n`);

const [, , ...args] = process.argv;
for (let i = 0; i + 2 < args.length; i += 3) {
  const [tier, exitCode, file] = /** @type {[string, string, string]} */ (args.slice(i, i + 3));
  const results = readResults(file);
  const failures = (results?.numFailedTests ?? 0) + (results?.numRuntimeErrorTestSuites ?? 0);
  passed += results?.numPassedTests ?? 0;
  failed += failures;
  // No results, no tests found, a leak jest complains about: a failure that no test stands for.
  if (failures === 0 && exitCode !== '0') {
    failed += 1;
    print(`The ${tier} tests ended with exit code ${exitCode}, without a failed test.`);
  }
  for (const suite of results?.testResults ?? []) {
    for (const { status, fullName } of suite.assertionResults) {
      if (status === 'pending' || status === 'todo') skipped.push(fullName);
    }
  }
}

if (skipped.length > 0) print('Skipped:');
for (const name of skipped) {
  const [, reason] = /\(skipped: (.*?)\)/.exec(name) ?? [];
  print(`  ${name.replace(/ \(skipped: .*?\)/, '')}: ${reason ?? 'gives no reason'}`);
}
print(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
