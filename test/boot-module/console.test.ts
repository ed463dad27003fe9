import { expect, test } from '@jest/globals';
import { Console } from '../../build-scripts/boot/console.ts';

function consoleWith(...pieces: readonly string[]): Console {
  const console = new Console();
  for (const piece of pieces) console.push(piece);
  return console;
}

test.each([
  [
    'colours of systemd',
    '[\x1b[0;32m  OK  \x1b[0m] Started \x1b[0;1;39mcron\x1b[0m.\r\n',
    '[  OK  ] Started cron.\n',
  ],
  ['modes of UEFI', '\x1b[2J\x1b[01;01H\x1b[=3hBdsDxe: loading', 'BdsDxe: loading'],
  ['a column of UEFI beyond 99', 'a\x1b[05;:0Hb', 'ab'],
  ['reset, and no wrapping', '\x1bc\x1b[?7l\x1b[!pSeaBIOS', 'SeaBIOS'],
  ['line breaks of UEFI', 'one\n\rtwo\n\r', 'one\ntwo\n'],
])('%s are taken out', (_, raw, text) => {
  expect(consoleWith(raw).text()).toBe(text);
});

test('a control sequence that comes in two pieces', () => {
  expect(consoleWith('a\x1b[0;3', '2mb').text()).toBe('ab');
});

test('a position leaves out what was before', () => {
  const console = consoleWith('old \x1b[0m');
  const { position } = console;
  console.push('new');
  expect(console.text(position)).toBe('new');
  expect(console.text()).toBe('old new');
});

test('waits for a text that comes later, in pieces', async () => {
  const console = consoleWith('Debian ');
  const found = console.waitFor(/(\w+) login: $/, 5);
  console.push('web lo');
  console.push('gin: ');
  expect((await found)?.[1]).toBe('web');
});

test('finds a text that is there already, unless it is before the position', async () => {
  const console = consoleWith('grub> ');
  expect((await console.waitFor(/grub> $/, 0.05))?.[0]).toBe('grub> ');
  expect(await console.waitFor(/grub> $/, 0.05, console.position)).toBeUndefined();
});

test('stops waiting when the time is over', async () => {
  const console = consoleWith('quiet');
  const began = Date.now();
  expect(await console.until(() => false, 0.1)).toBe(false);
  expect(Date.now() - began).toBeGreaterThanOrEqual(95);
});

test('asks again whenever something comes, and not after it was found', async () => {
  const console = new Console();
  let asked = 0;
  const found = console.until(() => (asked += 1) === 3, 5);
  console.push('');
  console.push('');
  expect(await found).toBe(true);
  console.push('');
  expect(asked).toBe(3);
});

test('the last lines are those with text, and not longer than helps', () => {
  const console = consoleWith('one\r\n\r\ntwo   \r\n \r\n', 'x'.repeat(1000));
  expect(console.lastLines(2)).toEqual(['two', 'x'.repeat(160)]);
  expect(console.lastLines(10)).toHaveLength(3);
});

test('nobody waits for a machine that has ended', async () => {
  const console = consoleWith('grub> ');
  const waiting = console.waitFor(/login: $/, 60);
  const began = Date.now();
  console.end();
  expect(await waiting).toBeUndefined();
  expect(await console.until(() => false, 60)).toBe(false);
  expect(await console.until(() => true, 60)).toBe(true);
  expect(Date.now() - began).toBeLessThan(5000);
});
