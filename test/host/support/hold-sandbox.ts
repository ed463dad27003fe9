/**
 * Opens a sandbox, does what a build does in it, prints the findings as one line of JSON and holds
 * it open until a signal comes. For sandbox.test.ts, which runs it as root and as an ordinary user.
 *
 *     hold-sandbox MARKER MEMORY      MARKER: an argument to find leftover processes by
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withCleanup } from '../../../build-scripts/host/cleanup.ts';
import { exitCodeOf, formatError } from '../../../build-scripts/host/errors.ts';
import { openSandbox, runInRootScript, type Sandbox } from '../../../build-scripts/host/sandbox.ts';

const [marker = '', memory = 'auto'] = process.argv.slice(2);

/** Makes a root of the host's own programs: enough to run things in. */
async function makeRoot(box: Sandbox, name: string): Promise<string> {
  const root = path.join(box.tree, name);
  const script = `
    mkdir -p "$1/proc" "$1/sys" "$1/dev" "$1/etc" "$1/root" "$1/run" "$1/usr"
    mount --bind /usr "$1/usr"
    for link in bin sbin lib lib64; do ln -s "usr/$link" "$1/$link"; done`;
  await box.run(['sh', '-euc', script, 'sh', root]);
  return root;
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no failure',
    (error: unknown) => formatError(error),
  );
}

async function look(box: Sandbox): Promise<Record<string, unknown>> {
  const output = async (...argv: string[]): Promise<string> => (await box.run(argv)).stdout.trim();
  const root = await makeRoot(box, 'root');
  const inRoot = async (script: string): Promise<string> =>
    (await box.runInRoot(root, ['sh', '-c', script])).stdout.trim();
  const hostile = async (directory: string): Promise<string> => {
    const bad = await makeRoot(box, `hostile-${directory}`);
    await box.run(['rmdir', path.join(bad, directory)]);
    await box.run(['ln', '-s', `/${directory}`, path.join(bad, directory)]);
    return failureOf(box.runInRoot(bad, ['true']));
  };
  await writeFile(path.join(box.stage, 'note'), 'from outside');
  // Foreign owners, and a mount that nobody takes down.
  await box.run([
    'sh',
    '-c',
    'echo x >"$1/f"; chown 1234:1234 "$1/f"; chmod 600 "$1/f"',
    's',
    root,
  ]);
  await box.run(['mount', '--bind', '/etc', path.join(root, 'etc')]);
  return {
    directory: box.directory,
    inMemory: box.inMemory,
    kind: box.kind,
    uid: await output('id', '-u'),
    umask: await output('sh', '-c', 'umask'),
    temporary: await output('sh', '-c', 'mktemp -d'),
    initSeen: await output('cat', '/proc/1/comm'),
    stage: await output('cat', path.join(box.stage, 'note')),
    cwd: (await box.run(['pwd'], { cwd: root })).stdout.trim(),
    owner: await output('stat', '-c', '%u:%g %a', path.join(root, 'f')),
    devices: await output('ls', '/dev'),
    reopened: (await box.run(['sh', '-c', 'echo hello >/dev/stdout; echo oops >/dev/stderr']))
      .stderr,
    rootDevices: await inRoot('ls /dev'),
    rootUid: await inRoot('id -u'),
    rootMounts: await inRoot('cut -d" " -f2 /proc/mounts'),
    rootEnvironment: await inRoot('echo "$HOME $PATH ${TMPDIR-none}"'),
    rootPid1: await inRoot('readlink /proc/1/root'),
    pty: await inRoot('script -qec "echo a pty" /dev/null'),
    throughHook: (
      await box.run(['sh', '-c', '"$MKIMAGE_CHROOT" "$1" sh -c "pwd; exit 9"', 'hook', root], {
        env: { MKIMAGE_CHROOT: runInRootScript },
        allowExitCodes: [9],
      })
    ).stdout.trim(),
    daemonOfRoot: await inRoot(`setsid sleep ${marker}9 >/dev/null 2>&1 & echo $!`),
    daemonsLeft: await failureOf(box.run(['pgrep', '-f', `^sleep ${marker}9`])),
    failure: await failureOf(box.run(['sh', '-c', 'echo why >&2; exit 4'])),
    failureInRoot: await failureOf(box.runInRoot(root, ['no-such-command'])),
    hostile: [await hostile('dev'), await hostile('proc'), await hostile('sys')],
    mountsOutside: await failureOf(box.run(['sh', '-c', 'mount | grep -c "$1.*proc "', 's', root])),
  };
}

try {
  await withCleanup(async (defer, signal) => {
    const box = await openSandbox({
      signal,
      memory: memory === 'auto' ? 'auto' : memory === 'true',
    });
    defer(() => box.close());
    const findings = await look(box);
    // What must not survive: a command of ours, one of a root, and a daemon in its own session.
    const root = path.join(box.tree, 'root');
    const busy = [
      box.run(['sleep', marker]),
      box.runInRoot(root, ['sh', '-c', `trap '' TERM INT HUP; sleep ${marker}; sleep ${marker}`]),
    ];
    await box.run(['sh', '-c', `cd "$1"; setsid sleep ${marker} >/dev/null 2>&1 &`, 'sh', root]);
    process.stdout.write(`${JSON.stringify(findings)}\n`);
    await Promise.all(busy);
  });
} catch (error) {
  process.stderr.write(`${formatError(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
