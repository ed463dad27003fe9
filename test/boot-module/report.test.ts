import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import {
  hasFailed,
  reportDetails,
  reportJson,
  reportJunit,
  reportRows,
  type ImageReport,
} from '../../build-scripts/boot/report.ts';
import { needsPrograms } from '../support/needs.ts';
import { testUnless } from '../support/test-unless.ts';

const good: ImageReport = {
  image: 'web',
  file: '/obj/web.qcow2',
  format: 'qcow2',
  way: 'BIOS',
  accelerator: 'tcg',
  bootSeconds: 12.34,
  tests: [
    { name: 'boot', status: 'passed', seconds: 12.5, output: '' },
    { name: 'a/tests/10-x', status: 'skipped', seconds: 0, output: 'no ssh here\nmore' },
  ],
  log: '/obj/web.log',
};
const bad: ImageReport = {
  ...good,
  way: 'container',
  accelerator: undefined,
  bootSeconds: undefined,
  tests: [
    {
      name: 'boot',
      status: 'failed',
      seconds: 1,
      output: 'says "no" & <that>\n\u0000\u001b[1mred\n',
    },
  ],
};

test('rows for people', () => {
  expect(reportRows([good, bad])).toEqual([
    ['✓', 'web', 'qcow2', 'BIOS, emulated', 'boots in 12.3 s', '1 passed, 1 skipped'],
    ['✗', 'web', 'qcow2', 'container', 'does not boot', '1 failed'],
  ]);
  expect([good, bad].map(hasFailed)).toEqual([false, true]);
});

test('details name what failed and what was skipped, and where the console is', () => {
  const details = reportDetails([good, bad]).join('\n');
  expect(details).toContain('  skipped a/tests/10-x\n    no ssh here');
  expect(details).toContain('  failed boot\n    says "no" & <that>');
  expect(details).toContain('  console: /obj/web.log');
  expect(hasFailed({ ...good, tests: [] })).toBe(true);
});

test('JSON for programs', () => {
  expect(JSON.parse(reportJson([good, bad]))).toMatchObject({
    passed: false,
    images: [{ way: 'BIOS', tests: [{ name: 'boot', status: 'passed' }, {}] }, {}],
  });
  expect(JSON.parse(reportJson([good]))).toMatchObject({ passed: true });
});

testUnless(needsPrograms('python3'), 'JUnit is XML, whatever tests print', () => {
  const read = `
import sys, xml.etree.ElementTree as tree
for suite in tree.parse(sys.stdin).getroot():
    print(suite.get('name'), suite.get('tests'), suite.get('failures'), suite.get('skipped'))
    for case in suite:
        for inner in case: print(inner.tag, inner.get('message'))
`;
  const printed = execFileSync('python3', ['-c', read], {
    input: reportJunit([good, bad]),
    encoding: 'utf8',
  });
  expect(printed.split('\n')).toEqual([
    'web qcow2 BIOS 2 0 1',
    'skipped no ssh here',
    'web qcow2 container 1 1 0',
    'failure says "no" & <that>',
    '',
  ]);
});
