import { expect, test } from '@jest/globals';
import { checkOutputs, type OutputsToCheck } from '../build-scripts/check-outputs.ts';
import { formatDiagnostic } from '../build-scripts/config/diagnostics.ts';
import type { ImageFacts } from '../build-scripts/outputs/output.ts';

const image: ImageFacts = {
  name: 'web',
  description: undefined,
  suite: 'bookworm',
  version: '12',
  arch: 'amd64',
  firmware: ['uefi'],
  secureBoot: true,
};
const said = (names: string[], more: Partial<OutputsToCheck> = {}): string =>
  checkOutputs({ names, image, hasDisk: true, isContainer: false, where: 'web.yml', ...more })
    .map(formatDiagnostic)
    .join('\n');

test('what fits is not complained about', () => {
  expect(said(['raw', 'qcow2', 'ova', 'tar', 'kernel'])).toBe('');
  expect(said(['lxc', 'tar'], { hasDisk: false })).toBe('');
  expect(said(['lxc', 'raw'], { isContainer: true })).toBe('');
});

test.each([
  [
    'an unknown one',
    ['qcow'],
    {},
    'web.yml: error: unknown output "qcow"\n  hint: did you mean "qcow2"?',
  ],
  [
    'the same twice',
    ['raw', 'raw'],
    {},
    'web.yml: error: output "raw" is given twice\n  hint: its files would have the same name',
  ],
  [
    'a disk without a layout',
    ['qcow2'],
    { hasDisk: false },
    'web.yml: error: output "qcow2" is made of a disk, and web has none\n  hint: add "disk:" to the profile, or a collection with a layout like vm/kvm or hardware',
  ],
  [
    'a container of a system for disks',
    ['lxc'],
    {},
    'web.yml: error: output "lxc" is a container, and web is a system for disks\n  hint: use "tar" for its root file system, or a profile with the collection lxc',
  ],
  [
    'VMware on arm64',
    ['ova'],
    { image: { ...image, arch: 'arm64' as const } },
    'web.yml: error: output "ova": VMware starts no arm64 machines from such images',
  ],
])('%s', (_, names, more, wanted) => {
  expect(said(names, more)).toBe(wanted);
});
