import { expect, test } from '@jest/globals';
import { UserError } from '../../build-scripts/host/errors.ts';
import { missingTools, requireTools, toolVersion } from '../../build-scripts/host/tools.ts';

test('all missing tools are named at once, with their packages', () => {
  const tools = [
    { command: 'sh', package: 'dash' },
    { command: 'no-such-tool', package: 'some-package' },
    { command: 'nor-this', package: 'another' },
    { command: 'nor-that', package: 'another' },
  ];
  expect(missingTools(tools).map(({ command }) => command)).not.toContain('sh');
  let error: unknown;
  try {
    requireTools(tools);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({
    message:
      'missing host tools: no-such-tool (package some-package), nor-this (package another), nor-that (package another)',
    hint: 'sudo apt install another some-package\nor ./mkimage --setup',
  });
});

test('nothing missing is no error', () => {
  expect(() => {
    requireTools([{ command: 'chroot', package: 'coreutils' }]);
  }).not.toThrow();
});

test('versions', async () => {
  expect(await toolVersion('tar')).toMatch(/^\d+\.\d+/);
  expect(await toolVersion('no-such-tool')).toBeUndefined();
  expect(await toolVersion('true')).toMatch(/^\d+\.\d+/);
});
