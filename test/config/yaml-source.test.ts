import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DiagnosticList } from '../../build-scripts/config/diagnostics.ts';
import {
  parseYaml,
  readYaml,
  type YamlDocument,
  type YamlPath,
} from '../../build-scripts/config/yaml-source.ts';
import { temporaryFolder } from '../support/project.ts';

function parse(text: string): YamlDocument {
  const diagnostics = new DiagnosticList();
  const document = parseYaml(text, 'a.yml', diagnostics);
  diagnostics.throwIfAny();
  if (document === undefined) throw new Error('no document and no mistake');
  return document;
}

/** `line:column text` of what a location points at. */
function pointsAt(document: YamlDocument, where: YamlPath, part?: 'key' | 'value'): string {
  const { line, column, length, text } = document.locate(where, part);
  return `${line}:${column} ${text.slice(column - 1, column - 1 + length)}`;
}

const text = `# a comment
suite: bookworm
empty:
options:
  base.hostname: "web 1"
  base.users:
    - name: alice
      keys: [one, 'two']
    - {name: bob, uid: 1000}
  base.motd: |
    first line
    second line
anchor: &here [a, b]
alias: *here
`;

describe('places', () => {
  const document = parse(text);
  test.each<[string, YamlPath, 'key' | 'value', string]>([
    ['a scalar', ['suite'], 'value', '2:8 bookworm'],
    ['a key', ['suite'], 'key', '2:1 suite'],
    ['a value that is not there', ['empty'], 'value', '3:1 empty'],
    ['a mapping', ['options'], 'value', '5:3 base.hostname: "web 1"'],
    ['a quoted value with its quotes', ['options', 'base.hostname'], 'value', '5:18 "web 1"'],
    ['a key with dots', ['options', 'base.hostname'], 'key', '5:3 base.hostname'],
    ['a list entry', ['options', 'base.users', 1], 'value', '9:7 {name: bob, uid: 1000}'],
    ['within a list entry', ['options', 'base.users', 1, 'uid'], 'value', '9:24 1000'],
    ['a single-quoted list entry', ['options', 'base.users', 0, 'keys', 1], 'value', "8:19 'two'"],
    ['a block text: its first line', ['options', 'base.motd'], 'value', '11:5 first line'],
    [
      'a missing key: the key of its mapping',
      ['options', 'base.users', 'x'],
      'key',
      '6:3 base.users',
    ],
    [
      'a missing entry of a list entry',
      ['options', 'base.users', 0, 'uid'],
      'key',
      '7:7 name: alice',
    ],
    ['an alias', ['alias'], 'value', '14:8 *here'],
    ['within an alias: the key', ['alias', 0], 'value', '14:1 alias'],
  ])('%s', (_, where, part, expected) => {
    expect(pointsAt(document, where, part)).toBe(expected);
  });

  test('the top of the document has no text to show', () => {
    expect(document.locate([])).toEqual({ file: 'a.yml', line: 1, column: 1, length: 1, text: '' });
    expect(document.locate(['nothing', 'here'])).toMatchObject({ line: 1, text: '' });
  });
});

test('Windows line breaks and a byte order mark change neither values nor columns', () => {
  const document = parse('\uFEFFa: one\r\nb:\r\n  c: two\r\n');
  expect(document.value).toEqual({ a: 'one', b: { c: 'two' } });
  expect(document.locate(['a'])).toMatchObject({ line: 1, column: 4, length: 3, text: 'a: one' });
  expect(document.locate(['b', 'c'])).toMatchObject({ line: 3, column: 6, text: '  c: two' });
});

test('values are those of YAML 1.2', () => {
  expect(parse('a: yes\nb: 0644\nc: ~\nd: 2026-11-01\ne: 1.5\nf: 0x10').value).toEqual({
    a: 'yes',
    b: 644,
    c: null,
    d: '2026-11-01',
    e: 1.5,
    f: 16,
  });
});

test.each(['', '# only a comment\n'])('an empty document is null: %j', (empty) => {
  expect(parse(empty).value).toBeNull();
});

test('every repeated key is reported', () => {
  const diagnostics = new DiagnosticList();
  expect(parseYaml('a: 1\nb: {c: 1, c: 2}\na: 2\n', 'a.yml', diagnostics)).toBeUndefined();
  expect(diagnostics.items.map(({ message, at }) => [message, at?.line, at?.column])).toEqual([
    ['"c" is there twice', 2, 11],
    ['"a" is there twice', 3, 1],
  ]);
});

test('a file that can not be read is a mistake, not a crash', () => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'x.yml'));
  const diagnostics = new DiagnosticList();
  expect(readYaml(path.join(folder, 'x.yml'), 'x.yml', diagnostics)).toBeUndefined();
  expect(readYaml(path.join(folder, 'y.yml'), 'y.yml', diagnostics)).toBeUndefined();
  expect(diagnostics.items).toEqual([
    { message: 'the file can not be read (it is a folder)', where: 'x.yml' },
    { message: 'the file can not be read (it does not exist)', where: 'y.yml' },
  ]);
});
