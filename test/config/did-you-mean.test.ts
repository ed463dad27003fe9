import { expect, test } from '@jest/globals';
import { closest, suggestion } from '../../build-scripts/config/did-you-mean.ts';

test.each<[string, string[], string | undefined]>([
  ['bokworm', ['bullseye', 'bookworm'], 'bookworm'],
  ['Suite', ['suite', 'seed'], 'suite'],
  ['hostname', ['base.hostname', 'base.locale'], 'base.hostname'],
  ['networkd', ['network/networkd', 'lxc'], 'network/networkd'],
  ['colections', ['components', 'collections'], 'collections'],
  ['xyz', ['suite', 'arch'], undefined],
  ['lcx', ['raw', 'lxc'], 'lxc'],
  ['home', ['none', 'root'], undefined],
  ['ab', ['x'], undefined],
  ['anything', [], undefined],
])('%s of %j: %s', (name, candidates, expected) => {
  expect(closest(name, candidates)).toBe(expected);
});

test('without a close name, a few names are listed, many are not', () => {
  expect(suggestion('zzz', ['lxc', 'raw'], 'outputs')).toBe('outputs: lxc, raw');
  const many = Array.from({ length: 21 }, (_, i) => `name-${i}`);
  expect(suggestion('zzz', many, 'outputs', 'see the list')).toBe('see the list');
  expect(suggestion('name-5x', many, 'outputs')).toBe('did you mean "name-5"?');
});
