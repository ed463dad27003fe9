import { describe, expect, test } from '@jest/globals';
import { readValues, type Values } from '../../build-scripts/import-reference/read-values.ts';

function read(text: string, files: Readonly<Record<string, string>> = {}): Values {
  return readValues({
    file: 'top',
    text,
    include: (name) => {
      const found = files[name];
      return found === undefined ? { problem: 'is not there' } : { file: name, text: found };
    },
    joined: new Set(['JOINED']),
  });
}

/** NAME → value, and what was not carried over. */
function short(text: string, files?: Readonly<Record<string, string>>): unknown {
  const { values, notCarried } = read(text, files);
  return {
    values: Object.fromEntries([...values].map(([name, { text: value }]) => [name, value])),
    lost: notCarried.map(({ at, name, why }) => `${at.file}:${at.line}: ${name ?? ''}: ${why}`),
  };
}

describe('values', () => {
  test.each([
    ['A=1\nA=2', { A: '2' }],
    ['A=b\nB=$A-${A}c', { A: 'b', B: 'b-bc' }],
    ["A=b\nB='$A'", { A: 'b', B: '$A' }],
    ['A=b\nB="$A$"', { A: 'b', B: 'b$' }],
    ['A=b\nB="\\$A"', { A: 'b', B: '$A' }],
    ['B=${A:-c "d" e}', { B: 'c d e' }],
    ['B=${A-c}', { B: 'c' }],
    ['A=\nB=${A:-c}${A-d}', { A: '', B: 'c' }],
    ['A=x\nB=${A:-c}', { A: 'x', B: 'x' }],
    ['A=x\nB=${A:+c}${C:+d}', { A: 'x', B: 'c' }],
    ['B=${A:-${C:-d}}', { B: 'd' }],
    ['A=b\nA+=c', { A: 'bc' }],
    ['A+=c', { A: 'c' }],
    ['A=b\n: "${A:=c}"\n: ${B:=d}', { A: 'b', B: 'd' }],
    ['A=\n: ${A=c}', { A: '' }],
    ['A=\n: ${A:=c}', { A: 'c' }],
    ['JOINED=a\nJOINED=b\nJOINED="c d"', { JOINED: 'a b c d' }],
    ['A=b\nA=$A', { A: 'b' }],
    ['A=~/x', { A: '~/x' }],
    ['A=*.deb', { A: '*.deb' }],
  ])('%j', (text, values) => {
    expect(short(text)).toEqual({ values, lost: [] });
  });

  test('remember all lines that they are made of', () => {
    const { values } = read('A=b\nA+=c\nJOINED=a\n\nJOINED=b');
    expect(values.get('A')?.at.map(({ line }) => line)).toEqual([1, 2]);
    expect(values.get('JOINED')?.at.map(({ line }) => line)).toEqual([3, 5]);
  });

  test('a password that begins with "$" is a hash, with and without quotes', () => {
    const hash = '$6$salt$8hash/with.dots';
    expect(short(`ROOT_PASSWORD=${hash}\nB_PASSWORD="${hash}"\nC_PASSWORD='${hash}'`)).toEqual({
      values: { ROOT_PASSWORD: hash, B_PASSWORD: hash, C_PASSWORD: hash },
      lost: [],
    });
  });
});

describe('what needs a shell has no value', () => {
  const output = 'is the output of a command, which is not run';
  test.each([
    ['A=$(id)', output],
    ['A=`id`', output],
    ['A="x$(id)"', output],
    ['A=${B:-$(id)}', output],
    ['A=$((1 + 1))', 'is the result of a calculation, which is not made'],
    ['A=$1', 'needs $1 of a running shell'],
    ['A=$$', 'needs $$ of a running shell'],
    ['A=${#B}', 'has ${#B}, which only a shell can do'],
    ['A=${B%.*}', 'has ${B%.*}, which only a shell can do'],
    ['A=${!B}', 'has ${!B}, which only a shell can do'],
    ["A=$'b'", "has a $'…', which is not part of the plain shell"],
    ['A=$HOME', 'is made of HOME, which has no value in this file'],
    ['A=${PATH}', 'is made of PATH, which has no value in this file'],
  ])('%s', (text, why) => {
    expect(short(text)).toEqual({ values: {}, lost: [`top:1: A: ${why}`] });
  });

  test('nor has what is made of it, until it is set anew', () => {
    expect(short('A=$(id)\nB=x$A\nC=${A:-d}\nA+=e\nA=f\nD=$A')).toEqual({
      values: { A: 'f', D: 'f' },
      lost: [
        `top:1: A: ${output}`,
        'top:2: B: is made of A, whose value in line 1 is not known',
        'top:3: C: is made of A, whose value in line 1 is not known',
        'top:4: A: adds to the value of line 1',
      ],
    });
  });

  test('an earlier value does not come back', () => {
    expect(short('A=b\nA=$(id)')).toMatchObject({ values: {} });
  });

  test('a value that doubles itself stays small', () => {
    const { values, notCarried } = read(`A=0123456789\n${'A=$A$A\n'.repeat(64)}`);
    expect(values.size).toBe(0);
    expect(notCarried[0]).toMatchObject({ name: 'A', why: 'is longer than 64 KiB' });
  });
});

describe('included files', () => {
  test('are read where they are included', () => {
    expect(short('A=1\n. ./b\nC=$B', { b: 'B=$A\nA=2' })).toEqual({
      values: { A: '2', B: '1', C: '1' },
      lost: [],
    });
  });

  test('names of places say which file', () => {
    const { values } = read('. ./b', { b: '\nB=1' });
    expect(values.get('B')?.at).toEqual([{ file: 'b', line: 2 }]);
  });

  test('what can not be read is said', () => {
    expect(short('. ./b\n. "$(id)"\n. $X\n. "${0%/*}/b"')).toMatchObject({
      lost: [
        'top:1: : includes a file, which is not there',
        `top:2: : includes a file, which is not read: its name is the output of a command, which is not run`,
        'top:3: : includes a file, which is not read: its name is made of X, which has no value in this file',
        'top:4: : includes a file, which is not read: its name has ${0%/*}, which only a shell can do',
      ],
    });
  });

  test('circles end', () => {
    expect(short('. ./b', { b: 'B=1\n. ./c', c: '. ./b\n. ./top', top: '. ./b' })).toEqual({
      values: { B: '1' },
      lost: [
        'c:1: : includes a file, which is not read: it includes itself',
        'c:2: : includes a file, which is not read: it includes itself',
      ],
    });
  });

  test('there are not too many', () => {
    const files = {
      b: '. ./c\n'.repeat(10),
      c: '. ./d\n'.repeat(10),
      d: '. ./e\n'.repeat(10),
      e: '',
    };
    expect(read('. ./b', files).notCarried.length).toBeGreaterThan(10);
  });
});
