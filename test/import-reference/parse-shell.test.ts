import { describe, expect, test } from '@jest/globals';
import { parseShell } from '../../build-scripts/import-reference/parse-shell.ts';

/** Statements in short: `NAME=literal`, `. file`, `lines: why`. */
function short(text: string): string[] {
  return parseShell(text).map((statement) => {
    switch (statement.kind) {
      case 'assign':
        return `${statement.name}${statement.operator}${statement.word.literal}`;
      case 'include':
        return `. ${statement.word.literal}`;
      case 'passed-over':
        return `${statement.line}-${statement.endLine}: ${statement.why}`;
    }
  });
}

describe('assignments', () => {
  test.each([
    ['A=b', ['A=b']],
    ['A=', ['A=']],
    ["A=''", ['A=']],
    ['A="b c"', ['A=b c']],
    ['A=\'b "c" $d\'', ['A=b "c" $d']],
    ['A=b"c d"\'e f\'g', ['A=bc de fg']],
    ['A="b\\"c\\\\d\\$e\\f"', ['A=b"c\\d$e\\f']],
    ['A=b\\ c\\$d', ['A=b c$d']],
    ['A="b\nc"', ['A=b\nc']],
    ["A='\nb\n c\n'", ['A=\nb\n c\n']],
    ['A="b \\\n  c"', ['A=b   c']],
    ['A=b\\\nc', ['A=bc']],
    ['A=b # comment', ['A=b']],
    ['A=b#c', ['A=b#c']],
    ['# A=b\n\n  A=c', ['A=c']],
    ['A=b; B=c;', ['A=b', 'B=c']],
    ['A=b B=c', ['A=b', 'B=c']],
    ['A+=b', ['A+=b']],
    ['A*=b', ['A=b']],
    ['A?=b', ['A=b']],
    ['export A=b B', ['A=b']],
    ['export A', []],
    ['readonly A=b', ['A=b']],
    [': "${A:=b c}"', ['A:=b c']],
    [": ${A='b'} ${B:=c}", ['A?=b', 'B:=c']],
    ['A=b\r\nB=c\r\n', ['A=b', 'B=c']],
    ['. ./other', ['. ./other']],
    ['source "common/other file"', ['. common/other file']],
    ['', []],
  ])('%j', (text, expected) => {
    expect(short(text)).toEqual(expected);
  });

  test('know their line, after values of several lines as well', () => {
    const statements = parseShell('A=\'\n\n\'\n\nB=1 \\\n  C=2\nD="x\ny"\nE=3');
    expect(statements.map(({ line }) => line)).toEqual([1, 5, 6, 7, 9]);
  });
});

describe('everything else is passed over as a whole', () => {
  const command = 'is a command, which is not run';
  const condition = 'is a condition, which only a shell can judge';
  const loop = 'is a loop, which is not run';
  const aFunction = 'is a function, which is not run';
  test.each([
    ['set -eu', ['1-1: ' + command]],
    ['rm -rf / # A=b', ['1-1: ' + command]],
    ['A=b rm -rf /', ['1-1: ' + command]],
    ['"A"=b', ['1-1: ' + command]],
    ['A = b', ['1-1: is no assignment: there is a blank before the "="']],
    ['eval A=b; B=c', ['1-1: ' + command, 'B=c']],
    ['A=(b c)\nB=c', ['1-1: is an array of the shell', 'B=c']],
    ['A=(\nB=c\n)\nC=d', ['1-3: is an array of the shell', 'C=d']],
    ['export -p', ['1-1: ' + command]],
    [': >file', ['1-1: ' + command]],
    ['. a b', ['1-1: includes a file, but not by its name alone']],
    ['A=b >file', ['1-1: ' + command]],
    ['[ -n "$A" ] && B=c\nC=d', ['1-1: ' + command, 'C=d']],
    ['true &&\nA=b\nC=d', ['1-2: ' + command, 'C=d']],
    ['if true; then\n  A=b\nelse\n  A=c\nfi\nB=c', [`1-5: ${condition}`, 'B=c']],
    ['if a; then if b; then A=b; fi; fi; B=c', [`1-1: ${condition}`, 'B=c']],
    ['case $A in\nb) A=c ;;\n(c|d)\n A=e\n ;;\nesac\nB=c', [`1-6: ${condition}`, 'B=c']],
    ['for i in 1 2; do A=$i; done\nB=c', [`1-1: ${loop}`, 'B=c']],
    ['while read -r A; do\n  B=d\ndone <file\nB=c', [`1-3: ${loop}`, 'B=c']],
    ['f() {\n  A=b\n}\nB=c', [`1-3: ${aFunction}`, 'B=c']],
    ['f ()\n{\n  A=b\n}\nB=c', [`1-4: ${aFunction}`, 'B=c']],
    ['function f {\n  A=b\n}\nB=c', [`1-3: ${aFunction}`, 'B=c']],
    ['{\n  A=b\n}\nB=c', ['1-3: is a group of commands, which are not run', 'B=c']],
    ['(\n  A=b\n)\nB=c', ['1-3: is a group of commands, which are not run', 'B=c']],
    ['cat <<END\nA=b\nEND\nB=c', [`1-3: ${command}`, 'B=c']],
    ["cat <<-'E F' | tr a b\nA=b\n\tE F\nB=c", [`1-3: ${command}`, 'B=c']],
    ['a | b & A=b\nB=c', [`1-1: ${command}`, 'A=b', 'B=c']],
    [')\nB=c', [`1-1: ${command}`, 'B=c']],
  ])('%j', (text, expected) => {
    expect(short(text)).toEqual(expected);
  });

  test.each([
    ["A='b\nB=c", 'a single quote never ends'],
    ['A="b\nB=c', 'a double quote never ends'],
    ['A=$(b\nB=c', 'a parenthesis never ends'],
    ['A=${b\nB=c', 'a ${ never ends'],
    ['A=`b\nB=c', 'a backtick never ends'],
    ['if true; then\nB=c', '"fi" is missing'],
    ['f() {\nB=c', '"}" is missing'],
    [`A=${'${B:-'.repeat(50)}`, 'the quotes are nested too deeply'],
    [`A=${'$('.repeat(50)}`, 'the quotes are nested too deeply'],
    [`A=$${'('.repeat(50)}`, 'a parenthesis never ends'],
  ])('%j ends the file', (text, why) => {
    const lines = text.split('\n').length;
    expect(short(text)).toEqual([`1-${lines}: ${why}; from here on nothing could be read`]);
  });

  test('a parenthesis in a command in a value is part of it', () => {
    expect(short('A=$(b "$(c ")" )" # )\n)\nB=c')).toEqual(['A=$(b "$(c ")" )" # )\n)', 'B=c']);
  });

  test('what is long is read in no time', () => {
    const long = 'A=b\n#\n'.repeat(20_000) + 'x '.repeat(50_000);
    const started = performance.now();
    expect(parseShell(long)).toHaveLength(20_001);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
