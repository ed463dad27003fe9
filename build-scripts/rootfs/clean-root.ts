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

const HOLD =
  '[ -e "$1" ] || { printf "#!/bin/sh\\n# No services start while this image is built.\\nexit 101\\n" >"$1"; chmod 755 "$1"; }';

/** No service of the image starts in the build; see /usr/share/doc/init-system-helpers. cleanRoot ends it. */
export async function holdServices(
  root: string,
  sandbox: Sandbox,
  { log }: Pick<BuildContext, 'log'>,
): Promise<void> {
  const command = ['/bin/sh', '-c', HOLD, 'sh', '/usr/sbin/policy-rc.d'];
  await sandbox.runInRoot(root, command, { log, logCommand: ['chroot', root, 'hold services'] });
}

/** What mmdebstrap copied into the root, without trailing newlines, as a shell compares it. */
async function hostResolver(): Promise<string> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  return text.replace(/\n+$/, '');
}
