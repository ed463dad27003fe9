import { describe, expect, test } from '@jest/globals';
import {
  ConfigError,
  DiagnosticList,
  formatDiagnostic,
  type Diagnostic,
  type Location,
} from '../../build-scripts/config/diagnostics.ts';

const at = (file: string, line: number, text: string, column = 1, length = 1): Location => ({
  file,
  line,
  column,
  length,
  text,
});

describe('one mistake as text', () => {
  test.each<[string, Diagnostic, string[]]>([
    ['without a place', { message: 'wrong' }, ['error: wrong']],
    [
      'on the command line',
      { message: 'wrong', where: 'command line' },
      ['command line: error: wrong'],
    ],
    [
      'with a snippet and a hint of two lines',
      { message: 'wrong', hint: 'do this\nor that', at: at('a.yml', 12, 'port: x', 7, 1) },
      [
        'a.yml:12:7: error: wrong',
        '  12 | port: x',
        '     |       ^',
        '  hint: do this',
        '        or that',
      ],
    ],
    [
      'with a tab, which the line below repeats',
      { message: 'wrong', at: at('a.yml', 1, '\tport: x', 8, 1) },
      ['a.yml:1:8: error: wrong', '  1 | \tport: x', '    | \t      ^'],
    ],
    [
      'on an empty line',
      { message: 'wrong', at: at('a.yml', 3, '', 1, 1) },
      ['a.yml:3:1: error: wrong'],
    ],
    [
      'carets never go beyond the line',
      { message: 'wrong', at: at('a.yml', 1, 'ab', 2, 40) },
      ['a.yml:1:2: error: wrong', '  1 | ab', '    |  ^'],
    ],
    [
      'with a password on the line',
      { message: 'wrong', at: at('a.yml', 1, '{name: x, root-password: "hunter2"}', 2, 4) },
      ['a.yml:1:2: error: wrong', '  1 | {name: x, root-password: *********}', '    |  ^^^^'],
    ],
    [
      'with a reference to a password, which is no secret',
      { message: 'wrong', at: at('a.yml', 1, 'password: {file: x}', 1, 8) },
      ['a.yml:1:1: error: wrong', '  1 | password: {file: x}', '    | ^^^^^^^^'],
    ],
  ])('%s', (_, diagnostic, lines) => {
    expect(formatDiagnostic(diagnostic)).toBe(lines.join('\n'));
  });

  test.each([1, 50, 120, 200])('a long line is cut around column %i', (column) => {
    const text = 'x'.repeat(column - 1) + 'HERE' + 'x'.repeat(200 - column);
    const [, line = '', carets = ''] = formatDiagnostic({
      message: 'wrong',
      at: at('a.yml', 1, text, column, 4),
    }).split('\n');
    expect(line.length).toBeLessThan(106);
    expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE');
  });
});

describe('all mistakes together', () => {
  const list = new DiagnosticList();
  list.add({ message: 'third', at: at('b.yml', 2, 'x', 5) });
  list.add({ message: 'second', at: at('b.yml', 2, 'x', 1) });
  list.add({ message: 'first', at: at('a.yml', 9, 'x') });
  list.add({ message: 'second', at: at('b.yml', 2, 'x', 1) });

  test('are sorted by place, each one once', () => {
    let error: unknown;
    try {
      list.throwIfAny();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ConfigError);
    const { exitCode, diagnostics, message } = error as ConfigError;
    expect(exitCode).toBe(2);
    expect(diagnostics.map((own) => own.message)).toEqual(['first', 'second', 'third']);
    expect(message).toMatch(/\n\n3 mistakes; nothing was built\.$/);
  });

  test('none is no error', () => {
    expect(() => {
      new DiagnosticList().throwIfAny();
    }).not.toThrow();
  });
});
