import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Sandbox } from '../host/sandbox.ts';
import { scriptPath } from '../host/script-path.ts';
import type { BuildContext } from './build-context.ts';

/** Removes from a finished root what belongs to the build, so that only the image is left. */
export async function cleanRoot(
  root: string,
  sandbox: Sandbox,
  { log, epoch }: BuildContext,
): Promise<void> {
  await sandbox.runInRoot(root, ['/bin/sh', '-s'], {
    log,
    env: { HOST_RESOLV_CONF: await hostResolver() },
    input: await readFile(scriptPath('../rootfs/clean-root.sh'), 'utf8'),
    logCommand: ['chroot', root, 'sh', 'clean-root.sh'],
  });
  // What was mounted on them in the build has left its time there, other times for other builders.
  const mountPoints = ['dev', 'proc', 'sys'].map((name) => path.join(root, name));
  await sandbox.run(['touch', '--no-create', `--date=@${epoch}`, '--', ...mountPoints], { log });
}

/** What mmdebstrap copied into the root, without trailing newlines, as a shell compares it. */
async function hostResolver(): Promise<string> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  return text.replace(/\n+$/, '');
}
