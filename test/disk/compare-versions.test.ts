import { expect, test } from '@jest/globals';
import { compareVersions } from '../../build-scripts/disk/compare-versions.ts';

test.each([
  ['6.14', '6.2', 1],
  ['6.2', '6.14', -1],
  ['1.47.2', '1.47.2', 0],
  ['1.47', '1.47.2', -1],
  ['6.1.0-10-amd64', '6.1.0-9-amd64', 1],
  ['6.12.0-1-amd64', '6.1.0-40-amd64', 1],
  ['6.1.0-9-amd64', '6.1.0-9-cloud-amd64', -1],
])('%s and %s', (a, b, expected) => {
  expect(Math.sign(compareVersions(a, b))).toBe(expected);
});
