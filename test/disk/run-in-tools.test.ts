import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkSandboxHost } from '../../build-scripts/host/sandbox-host.ts';
import { openSandbox, type Sandbox } from '../../build-scripts/host/sandbox.ts';
import { project } from '../support/needs.ts';
import { describeUnless } from '../support/test-unless.ts';

const script = path.join(project, 'build-scripts/disk/run-in-tools.sh');

describeUnless(checkSandboxHost()[0]?.problem, 'a command in a tree of tools', () => {
  let box: Sandbox;
  let tree: string;

  beforeAll(async () => {
    box = await openSandbox({ memory: false });
    tree = path.join(box.tree, 'tools');
    const make = `
      mkdir -p "$1/usr" "$1/proc" "$1/dev" "$1/tmp" "$2/mounted"
      mount --bind /usr "$1/usr"
      for link in bin sbin lib lib64; do ln -s "usr/$link" "$1/$link"; done
      echo from outside >"$2/file"`;
    await box.run(['sh', '-euc', make, 'sh', tree, path.join(box.tree, 'shared')]);
  });
  afterAll(async () => {
    await box.close();
  }, 60_000);

  const shared = (): string => path.join(box.tree, 'shared');
  const inTools = (directories: readonly string[], ...argv: string[]) =>
    box.run(['/bin/sh', script, tree, ...directories, '--', ...argv]);

  test('sees shared directories at their paths, and nothing else of the host', async () => {
    const look = await inTools([shared()], 'sh', '-c', 'cat "$1/file"; ls /', 'sh', shared());
    const top = shared().split('/')[1] ?? '';
    const expected = [
      ...new Set(['bin', 'dev', 'lib', 'lib64', 'proc', 'sbin', 'tmp', 'usr', top]),
    ];
    expect(look.stdout).toBe(`from outside\n${expected.sort().join('\n')}\n`);
    await inTools([shared()], 'sh', '-c', 'echo from inside >"$1/new"', 'sh', shared());
    expect((await box.run(['cat', path.join(shared(), 'new')])).stdout).toBe('from inside\n');
  });

  test('sees what is mounted there later, and leaves no mount of its own', async () => {
    const mounted = path.join(shared(), 'mounted');
    await box.run(['mount', '-t', 'tmpfs', 'test', mounted]);
    await box.run(['touch', path.join(mounted, 'there')]);
    expect((await inTools([shared()], 'ls', mounted)).stdout).toBe('there\n');
    const mounts = await box.run(['cat', '/proc/self/mounts']);
    expect(mounts.stdout).not.toContain(`${tree}/proc`);
  });

  test('a symlink in the tree does not lead out of it', async () => {
    const outside = path.join(box.tree, 'outside');
    await box.run(['sh', '-euc', 'mkdir "$2"; ln -s "$2" "$1/link"', 'sh', tree, outside]);
    await expect(inTools(['/link/deep'], 'true')).rejects.toThrow(
      'run-in-tools.sh: /link/deep is outside of the tools tree',
    );
    expect((await box.run(['ls', outside])).stdout).toBe('');
  });

  test('passes the exit code on', async () => {
    await expect(inTools([shared()], 'sh', '-c', 'exit 7')).rejects.toMatchObject({
      commandExitCode: 7,
    });
  });
});
