import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import { needsPrograms, project } from '../support/needs.ts';
import { temporaryFolder } from '../support/project.ts';
import { describeUnless } from '../support/test-unless.ts';

/** Asks on a terminal of its own, and writes down what it got. `abort` after half a second. */
const PROGRAM = `
import { writeFileSync } from 'node:fs';
import { promptSecret } from './build-scripts/host/prompt-secret.ts';
const [file, abort] = process.argv.slice(2);
const controller = new AbortController();
if (abort === 'abort') setTimeout(() => controller.abort(new Error('aborted')), 500);
process.on('SIGINT', () => controller.abort(new Error('interrupted')));
promptSecret('Passphrase', controller.signal).then(
  (text) => writeFileSync(file, 'got ' + text),
  (error) => writeFileSync(file, 'failed: ' + error.message),
);
`;

interface Answer {
  readonly result: string;
  /** What the terminal showed. */
  readonly shown: string;
}

/** @param keys typed once the question is there */
async function ask(keys: string, ...args: readonly string[]): Promise<Answer> {
  const folder = temporaryFolder();
  const { outputFiles } = buildSync({
    stdin: { contents: PROGRAM, resolveDir: project, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
  });
  const program = path.join(folder, 'ask.cjs');
  writeFileSync(program, outputFiles[0]?.text ?? '');
  const result = path.join(folder, 'result');
  const command = [process.execPath, program, result, ...args].join(' ');
  const terminal = spawn('script', ['--quiet', '--command', command, '/dev/null']);
  let shown = '';
  let isTyped = false;
  terminal.stdout.on('data', (data: Buffer) => {
    shown += data.toString();
    if (isTyped || !shown.includes('Passphrase: ')) return;
    isTyped = true;
    // The question comes just before the keys are no longer shown.
    setTimeout(() => terminal.stdin.write(keys), 200);
  });
  await new Promise((resolve) => terminal.on('close', resolve));
  return { result: readFileSync(result, 'utf8'), shown };
}

describeUnless(needsPrograms('script'), 'a question on a terminal', () => {
  test('takes a line, with corrections, and does not show it', async () => {
    const { result, shown } = await ask('gehein\u007fm ä\r');
    expect(result).toBe('got geheim ä');
    expect(shown).not.toContain('gehei');
  });

  test('Ctrl-C is an interruption', async () => {
    expect((await ask('half\u0003')).result).toBe('failed: interrupted');
  });

  test('ends when everything ends', async () => {
    expect((await ask('half', 'abort')).result).toBe('failed: aborted');
  });
});
