import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../host/errors.ts';
import type { Sandbox } from '../host/sandbox.ts';

const RUN_COPY =
  'umask 077; cat >"$1"; chmod 700 "$1"; status=0; "$1" </dev/null || status=$?; rm -f "$1"; exit "$status"';

/** What `--exec` and `--shell` do in the root before its initramfs is made; undefined: nothing. */
export function lastLook(args: {
  readonly exec?: readonly string[] | undefined;
  readonly shell: boolean;
}): ((root: string, sandbox: Sandbox) => Promise<void>) | undefined {
  const scripts = args.exec ?? [];
  if (scripts.length === 0 && !args.shell) return undefined;
  return async (root, sandbox) => {
    for (const script of scripts) {
      const input = await readFile(path.resolve(script)).catch((error: unknown) => {
        throw new UserError(`--exec ${script}: ${(error as Error).message}`, { cause: error });
      });
      await sandbox.runInRoot(root, ['/bin/sh', '-c', RUN_COPY, 'sh', '/run/tar-to-disk-exec'], {
        input,
        capture: false,
        logCommand: ['chroot', root, script],
      });
    }
    if (!args.shell) return;
    process.stderr.write('\na shell in the image; exit goes on, exit 1 stops\n');
    const code = await sandbox.interactiveInRoot(root, ['/bin/bash', '--login']);
    if (code !== 0) throw new UserError(`the shell ended with exit code ${code}: stopped`);
  };
}
