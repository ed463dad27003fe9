import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { openBuildLog } from '../../build-scripts/host/build-log.ts';
import { CommandError } from '../../build-scripts/host/errors.ts';
import { pipeCommand, runCommand, runInteractive } from '../../build-scripts/host/process.ts';
import { temporaryDirectory } from './support/temporary.ts';

const folder = temporaryDirectory();

async function failureOf(promise: Promise<unknown>): Promise<CommandError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(CommandError);
  return error as CommandError;
}

test('output, exit code, environment and directory', async () => {
  const result = await runCommand(['sh', '-c', 'pwd; echo "$A"; echo err >&2; exit 3'], {
    cwd: '/usr',
    env: { A: 'a b' },
    allowExitCodes: [0, 3],
  });
  expect(result).toEqual({ stdout: '/usr\na b\n', stderr: 'err\n', exitCode: 3 });
});

test('a clean environment', async () => {
  process.env.HOST_TEST = 'inherited';
  const env = { PATH: process.env.PATH };
  expect((await runCommand(['env'])).stdout).toContain('HOST_TEST=inherited');
  expect((await runCommand(['env'], { env, extendEnv: false })).stdout).toBe(
    `PATH=${process.env.PATH ?? ''}\n`,
  );
});

test.each([
  ['text', 'secret\n'],
  ['bytes', new TextEncoder().encode('secret\n')],
  ['a stream', Readable.from([Buffer.from('sec'), Buffer.from('ret\n')])],
])('stdin from %s', async (_, input) => {
  expect((await runCommand(['cat'], { input })).stdout).toBe('secret\n');
});

test('without input, stdin is empty', async () => {
  expect((await runCommand(['cat'])).stdout).toBe('');
});

test('output is not trimmed, and split characters survive', async () => {
  const script = String.raw`printf '\n  x'; printf '\303'; sleep 0.1; printf '\244\n\n'`;
  expect((await runCommand(['sh', '-c', script])).stdout).toBe('\n  xä\n\n');
});

test('a failure has the command, the last lines and the log', async () => {
  const log = openBuildLog(path.join(folder, 'failure.log'));
  log.redact(['hunter2']);
  const seen: string[] = [];
  const error = await failureOf(
    runCommand(['sh', '-c', 'echo one; echo "two hunter2" >&2; exit 4', 'hunter2'], {
      log,
      onLine: (line, stream) => seen.push(`${stream}: ${line}`),
    }),
  );
  expect(error.commandExitCode).toBe(4);
  expect(error.logFile).toBe(log.path);
  expect([...error.lastLines].sort()).toEqual(['one', 'two ********']);
  expect(seen.sort()).toEqual(['stderr: two ********', 'stdout: one']);
  expect(error.message).not.toContain('hunter2');
  const text = readFileSync(log.path, 'utf8');
  expect(text).toContain('+ sh -c ');
  expect(text).toContain('two ********\n');
  expect(text).not.toContain('hunter2');
});

test('what is shown can differ from what is run', async () => {
  const error = await failureOf(runCommand(['false'], { logCommand: ['the', 'real thing'] }));
  expect(error.message).toBe("the failed: exit code 1\n  command: the 'real thing'");
});

test.each([
  [['no-such-command'], {}, 'not found (or its working directory is)'],
  [['true'], { cwd: '/no/such/folder' }, 'not found (or its working directory is)'],
  [['/etc/passwd'], {}, 'not executable'],
])('%j %j cannot be started', async (argv, options, reason) => {
  const error = await failureOf(runCommand(argv, options));
  expect(error.message).toContain(`failed: ${reason}`);
});

test('killed by a signal', async () => {
  const error = await failureOf(runCommand(['sh', '-c', 'kill -KILL $$']));
  expect(error.signal).toBe('SIGKILL');
});

test('stdout that is too long is an error, never cut', async () => {
  const error = await failureOf(runCommand(['sh', '-c', 'yes']));
  expect(error.message).toContain('printed more than 1048576 characters');
  const argv = ['sh', '-c', 'yes | head -n 1000000; head -c 3000000 /dev/zero >&2'];
  const result = await runCommand(argv, { capture: false });
  expect(result.stdout).toBe('');
  expect(result.stderr.length).toBeGreaterThanOrEqual(1_000_000);
  expect(result.stderr.length).toBeLessThan(2_200_000);
});

test('the abort signal ends the whole process group and is what is thrown', async () => {
  const controller = new AbortController();
  const marker = '31.4159';
  const running = runCommand(['sh', '-c', `sleep ${marker} & sleep ${marker}`], {
    signal: controller.signal,
  });
  setTimeout(() => {
    controller.abort(new Error('enough'));
  }, 100);
  await expect(running).rejects.toThrow('enough');
  await expect(runCommand(['pgrep', '-f', `^sleep ${marker}`])).rejects.toThrow(CommandError);
  await expect(runCommand(['true'], { signal: controller.signal })).rejects.toThrow('enough');
});

test('a command runs in a session of its own', async () => {
  const { stdout } = await runCommand(['sh', '-c', 'cut -d" " -f6 /proc/self/stat; echo $$']);
  const [session, pid] = stdout.trim().split('\n');
  expect(session).toBe(pid);
});

test('a daemon that keeps the pipes open does not hold us up', async () => {
  const started = performance.now();
  const { stdout } = await runCommand(['sh', '-c', 'setsid sleep 8 & echo started']);
  expect(stdout).toBe('started\n');
  expect(performance.now() - started).toBeLessThan(6000);
});

test('a big stream passes through without being kept', async () => {
  const { stdout, done } = pipeCommand(['head', '-c', '200000000', '/dev/zero']);
  let bytes = 0;
  for await (const chunk of stdout) bytes += (chunk as Buffer).length;
  await done;
  expect(bytes).toBe(200_000_000);
});

test('a pipe reports its failure after the data', async () => {
  const { stdout, done } = pipeCommand(['sh', '-c', 'echo data; echo why >&2; exit 5']);
  expect(Buffer.concat(await stdout.toArray()).toString()).toBe('data\n');
  const error = await failureOf(done);
  expect(error.commandExitCode).toBe(5);
  expect(error.lastLines).toEqual(['why']);
});

test('interactive commands give their exit code', async () => {
  expect(await runInteractive(['sh', '-c', 'exit 7'])).toBe(7);
  expect(await runInteractive(['sh', '-c', 'kill -KILL $$'])).toBe(137);
  await expect(runInteractive(['no-such-command'])).rejects.toThrow(CommandError);
});
