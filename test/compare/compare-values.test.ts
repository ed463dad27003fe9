import { expect, test } from '@jest/globals';
import { compareDisks } from '../../build-scripts/compare/compare-disks.ts';
import { comparePackages, sizeChange } from '../../build-scripts/compare/compare-packages.ts';
import {
  compareLists,
  compareOptions,
  compareSettings,
} from '../../build-scripts/compare/compare-values.ts';

test('settings: what is equal in depth is no change', () => {
  expect(
    compareSettings(
      { mirror: ['a'], suite: 'bookworm', variant: 'minbase' },
      { mirror: ['a'], suite: 'trixie', snapshot: '2026-11-01', variant: 'minbase' },
    ),
  ).toEqual([
    { name: 'snapshot', a: undefined, b: '2026-11-01' },
    { name: 'suite', a: 'bookworm', b: 'trixie' },
  ]);
});

test('options: another origin is no change; those that came with a collection are told apart', () => {
  const byDefault = { value: 22, origin: 'collections/ssh/collection.yml:7 (collection default)' };
  const byProfile = { value: 22, origin: 'profiles/web.yml:9 (profile)' };
  const changes = compareOptions(
    { 'ssh.port': byDefault, 'a.b': byProfile },
    { 'ssh.port': byProfile, 'web.port': byDefault, 'web.name': { ...byProfile, value: null } },
  );
  expect(changes.map(({ name, change, isDefault }) => [name, change, isDefault])).toEqual([
    ['a.b', 'removed', false],
    ['web.name', 'added', false],
    ['web.port', 'added', true],
  ]);
});

test('lists: the order counts when the names are the same', () => {
  expect(compareLists(['a', 'b'], ['c', 'a'])).toEqual({ added: ['c'], removed: ['b'] });
  expect(compareLists(['a', 'b'], ['b', 'a']).reordered).toEqual({ a: ['a', 'b'], b: ['b', 'a'] });
  expect(compareLists(['a'], ['a'])).toEqual({ added: [], removed: [] });
});

const version = (text: string, architecture = 'amd64', installedSize?: number) => ({
  version: text,
  architecture,
  installedSize,
});

test('packages: which way a version went', () => {
  const changes = comparePackages(
    new Map([
      ['down', version('1.0')],
      ['gone', version('1.0', 'all', 5000)],
      ['same', version('1.0')],
      ['up', version('1.0~rc1', 'amd64', 1000)],
      ['other', version('1.0', 'amd64')],
    ]),
    new Map([
      ['down', version('1.0~rc1')],
      ['new', version('1.0', 'all', 3000)],
      ['same', version('1.0')],
      ['up', version('1.0', 'amd64', 1500)],
      ['other', version('1.0', 'arm64')],
    ]),
  );
  expect(changes.map((change) => [change.name, change.change, sizeChange(change)])).toEqual([
    ['down', 'downgraded', undefined],
    ['gone', 'removed', -5000],
    ['new', 'added', 3000],
    ['other', 'rebuilt', undefined],
    ['up', 'upgraded', 500],
  ]);
});

const disk = (uuid: string, size: number, root: object) => ({
  secureBoot: true,
  bytes: 10,
  plan: {
    size: 4096,
    diskId: uuid,
    partitions: [
      { number: 1, name: 'esp', offset: 1, size: 64, uuid, content: { type: 'vfat', size: 64 } },
      { number: 2, name: 'root', offset: 65, size, uuid, content: { size, offset: 0, ...root } },
    ],
  },
});

test('disks: identities and what follows from sizes are left out', () => {
  const ext4 = { type: 'ext4', mount: '/' };
  expect(compareDisks(disk('A', 100, ext4), disk('B', 100, ext4))).toEqual([]);
  expect(compareDisks(disk('A', 100, ext4), disk('B', 200, { ...ext4, mount: '/srv' }))).toEqual([
    { name: 'partitions.root.size', a: 100, b: 200 },
    { name: 'partitions.root.content.mount', a: '/', b: '/srv' },
  ]);
});

test('disks: another kind of content is one change', () => {
  const changes = compareDisks(
    disk('A', 100, { type: 'ext4', mount: '/' }),
    disk('A', 100, { type: 'luks', name: 'crypt', content: { type: 'ext4', mount: '/' } }),
  );
  expect(changes).toMatchObject([
    { name: 'partitions.root.content', a: { type: 'ext4' }, b: { type: 'luks' } },
  ]);
  expect(compareDisks(undefined, disk('A', 1, {}))).toMatchObject([{ name: 'disk', a: undefined }]);
});
