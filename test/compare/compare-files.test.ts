import { expect, test } from '@jest/globals';
import { compareFiles } from '../../build-scripts/compare/compare-files.ts';
import type { RootEntry } from '../../build-scripts/compare/root-contents.ts';
import { summarizeFiles, type FileLine } from '../../build-scripts/compare/summarize-files.ts';
import { contents, fileEntry } from './support.ts';

const folder = fileEntry({ type: 'directory', mode: 0o755, size: 0 });
const link = (target: string): RootEntry => fileEntry({ type: 'symlink', target, mode: 0o777 });

test.each([
  ['content', fileEntry(), fileEntry({ sha256: 'b' }), ['content']],
  ['mode', fileEntry(), fileEntry({ mode: 0o600 }), ['mode']],
  ['owner', fileEntry(), fileEntry({ gid: 42 }), ['owner']],
  ['hard links', fileEntry(), fileEntry({ links: 2 }), ['links']],
  ['a link instead of a file', fileEntry(), link('x'), ['type']],
  ['where a link leads', link('x'), link('y'), ['target']],
  ['mode of a link', link('x'), { ...link('x'), mode: 0o644 }, []],
  [
    'attributes',
    fileEntry({ attributes: { 'security.capability': 'cap_net_raw=ep', 'user.a': 'same' } }),
    fileEntry({ attributes: { 'user.a': 'same', 'acl.access': 'u::rw-' } }),
    ['attribute acl.access', 'attribute security.capability'],
  ],
  [
    'device',
    fileEntry({ type: 'block device', device: '8:0' }),
    fileEntry({ type: 'block device', device: '8:1' }),
    ['device'],
  ],
  ['nothing', fileEntry(), fileEntry(), []],
] as const)('what is different: %s', (_, a, b, aspects) => {
  const [change] = compareFiles(contents({ file: a }), contents({ file: b }));
  expect(change?.aspects ?? []).toEqual(aspects);
});

test('sorted, with the package that a file belongs to', () => {
  const changes = compareFiles(
    contents({ 'a/b': fileEntry(), old: fileEntry() }, { old: 'tool' }),
    contents({ 'a/b': fileEntry({ size: 2 }), 'a-b': fileEntry(), a: folder }, { 'a/b': 'lib' }),
  );
  expect(changes.map(({ path, change, package: owner }) => [path, change, owner])).toEqual([
    ['a', 'added', undefined],
    ['a/b', 'changed', 'lib'],
    ['a-b', 'added', undefined],
    ['old', 'removed', 'tool'],
  ]);
});

/** One line each: `added etc/x`, or `srv/ 2+ 1- 0~` for a folder. */
function shown(lines: readonly FileLine[]): string[] {
  return lines.map((line) =>
    line.kind === 'file'
      ? `${line.file.change} ${line.file.path}`
      : `${line.whole ?? 'in'} ${line.path}/ ${line.counts.added}+ ${line.counts.removed}- ${line.counts.changed}~`,
  );
}

test('files of packages that changed are counted, and their links and state, too', () => {
  const unit = 'usr/lib/systemd/system/tool.service';
  const changes = compareFiles(
    contents({ 'var/lib/dpkg/status': fileEntry(), 'etc/ssh/config': fileEntry() }),
    contents(
      {
        'var/lib/dpkg/status': fileEntry({ size: 2 }),
        'etc/ssh/config': fileEntry({ size: 2 }),
        'usr/bin/tool': fileEntry(),
        [unit]: fileEntry(),
        'etc/systemd/system/multi-user.target.wants/tool.service': link(
          '/lib/systemd/system/tool.service',
        ),
        'etc/own': link('/usr/bin/other'),
      },
      { 'usr/bin/tool': 'tool', [unit]: 'tool', 'etc/ssh/config': 'ssh' },
    ),
  );
  const { groups, lines } = summarizeFiles(changes, new Set(['tool']), 10);
  expect(groups).toEqual([
    { name: '(state of packages)', counts: { added: 0, removed: 0, changed: 1 } },
    { name: 'tool', counts: { added: 3, removed: 0, changed: 0 } },
  ]);
  expect(shown(lines)).toEqual(['added etc/own', 'changed etc/ssh/config']);
  // Without a package that changed, nothing explains this.
  expect(shown(summarizeFiles(changes, new Set(), 10).lines)).toContain(
    'changed var/lib/dpkg/status',
  );
});

test('a folder that came stands for what is in it', () => {
  const changes = compareFiles(
    contents({ old: folder, 'old/x': fileEntry() }),
    contents({
      srv: folder,
      'srv/www': folder,
      'srv/www/index.html': fileEntry({ size: 5 }),
      'srv/www/style.css': fileEntry({ size: 7 }),
      empty: folder,
    }),
  );
  const { lines } = summarizeFiles(changes, new Set(), 10);
  expect(shown(lines)).toEqual([
    'added empty/ 0+ 0- 0~',
    'removed old/ 0+ 1- 0~',
    'added srv/ 2+ 0- 0~',
  ]);
  expect(lines[2]).toMatchObject({ bytes: 12 });
});

test('too many lines: the fullest folders are counted, the others stay', () => {
  const many = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`usr/share/doc/p${i}`, fileEntry()]),
  );
  const changes = compareFiles(
    contents({ 'etc/x': fileEntry(), 'usr/share/doc/p0': fileEntry({ size: 9 }) }),
    contents({ ...many, 'etc/y': fileEntry() }),
  );
  expect(shown(summarizeFiles(changes, new Set(), 5).lines)).toEqual([
    'removed etc/x',
    'added etc/y',
    'in usr/share/doc/ 29+ 0- 1~',
  ]);
  expect(shown(summarizeFiles(changes, new Set(), 2).lines)).toEqual([
    'in etc/ 1+ 1- 0~',
    'in usr/share/doc/ 29+ 0- 1~',
  ]);
  // It ends, even where nothing more can be put together.
  expect(shown(summarizeFiles(changes, new Set(), 1).lines)).toEqual([
    'in etc/ 1+ 1- 0~',
    'in usr/share/doc/ 29+ 0- 1~',
  ]);
});

test('thousands of files in as many folders do not take long', () => {
  const many = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, i) => [`usr/d${i % 200}/e${i % 7}/f${i}/x`, fileEntry()]),
  );
  const changes = compareFiles(contents({}), contents(many));
  const began = Date.now();
  const { lines } = summarizeFiles(changes, new Set(), 40);
  expect(lines.length).toBeLessThanOrEqual(40);
  expect(Date.now() - began).toBeLessThan(10_000);
});
