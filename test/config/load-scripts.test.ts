import { chmodSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { DiagnosticList } from '../../build-scripts/config/diagnostics.ts';
import { loadHooks, loadTests } from '../../build-scripts/config/load-scripts.ts';
import { makeProject } from '../support/project.ts';

// What is refused, and in which words, is in test/fixtures/refused/hook-badly-named.

const SCRIPT = '#!/bin/sh\n';

function load(files: readonly string[], mode = 0o755) {
  const named = files.map((file) => [`collections/web/${file}`, SCRIPT] as const);
  const paths = makeProject(Object.fromEntries(named));
  for (const [file] of named) chmodSync(path.join(paths.projectDir, file), mode);
  const directory = path.join(paths.projectDir, 'collections/web');
  const diagnostics = new DiagnosticList();
  return {
    hooks: loadHooks('web', directory, paths, diagnostics),
    tests: loadTests(directory, paths, diagnostics).map((file) => path.basename(file)),
    messages: diagnostics.items.map(({ message }) => message),
  };
}

test('a hook runs on the host side, or inside the image with the ending .chroot', () => {
  const { hooks, messages } = load(['hooks/setup/10-apt', 'hooks/customize/20-site.chroot']);
  expect(messages).toEqual([]);
  expect(hooks.map(({ phase, order, file, inChroot }) => [phase, order, file, inChroot])).toEqual([
    ['customize', 20, '20-site.chroot', true],
    ['setup', 10, '10-apt', false],
  ]);
});

test('tests of the image and of the host are in one order', () => {
  const { tests, messages } = load(['tests/30-log-in.host', 'tests/40-end', 'tests/10-page']);
  expect(messages).toEqual([]);
  expect(tests).toEqual(['10-page', '30-log-in.host', '40-end']);
});

test('each kind has its own ending', () => {
  const { hooks, tests, messages } = load(['hooks/customize/10-site.host', 'tests/10-page.chroot']);
  expect([hooks, tests]).toEqual([[], []]);
  expect(messages).toEqual([
    '"10-site.host" is not the name of a hook',
    '"10-page.chroot" is not the name of a test',
  ]);
});

test('a test of the host has to be executable, too', () => {
  expect(load(['tests/30-log-in.host'], 0o644).messages).toEqual(['this test is not executable']);
});
