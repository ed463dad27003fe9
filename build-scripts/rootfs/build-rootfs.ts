import path from 'node:path';
import { readFile } from 'node:fs/promises';
import type { Hook } from '../config/collection.ts';
import type { Sandbox } from '../host/sandbox.ts';
import { scriptPath } from '../host/script-path.ts';
import { applyFiles, applyOwners } from './apply-files.ts';
import { applyServices } from './apply-services.ts';
import { bootstrap } from './bootstrap.ts';
import type { BuildContext } from './build-context.ts';
import { installedPackages, type InstalledPackage } from './installed-packages.ts';
import type { BootstrapPhase } from './mmdebstrap-command.ts';
import { writeRepositories } from './repositories.ts';
import { runHook } from './run-hook.ts';

export interface RootfsRequest {
  readonly context: BuildContext;
  readonly sandbox: Sandbox;
  readonly onDetail: (text: string) => void;
  /** Called with the root before a hook runs; may look around, not change the build. */
  readonly beforeHook?: ((hook: Hook, root: string) => Promise<void>) | undefined;
}

export interface Rootfs {
  /** Absolute path in the sandbox. */
  readonly root: string;
  readonly packages: readonly InstalledPackage[];
}

/**
 * Builds the root tree of a profile in the sandbox: mmdebstrap, files, hooks, services, cleaning.
 * @throws CommandError, HookError, UserError
 */
export async function buildRootfs(request: RootfsRequest): Promise<Rootfs> {
  const { context, sandbox, onDetail } = request;
  const { profile, log } = context;
  const root = path.join(sandbox.tree, 'root');

  const runHooks = async (phase: BootstrapPhase): Promise<void> => {
    for (const hook of profile.hooks[phase]) {
      onDetail(`hook ${hook.collection} ${hook.file}`);
      await request.beforeHook?.(hook, root);
      await runHook(hook, root, sandbox, context);
    }
  };

  await bootstrap({
    profile,
    sandbox,
    log,
    root,
    epoch: context.epoch,
    onDetail,
    async onPhase(phase) {
      if (phase === 'setup') await writeRepositories('for the build', root, sandbox, context);
      if (phase === 'customize') {
        onDetail('files');
        await applyFiles(root, sandbox, context);
      }
      await runHooks(phase);
      if (phase !== 'customize') return;
      await applyOwners(root, sandbox, context);
      onDetail('services');
      await applyServices(root, sandbox, context);
    },
  });
  onDetail('cleaning');
  await writeRepositories('for the image', root, sandbox, context);
  await sandbox.runInRoot(root, ['/bin/sh', '-s'], {
    log,
    env: { HOST_RESOLV_CONF: await hostResolver() },
    input: await readFile(scriptPath('../rootfs/clean-root.sh'), 'utf8'),
    logCommand: ['chroot', root, 'sh', 'clean-root.sh'],
  });
  // What was mounted on them in the build has left its time there, other times for other builders.
  const mountPoints = ['dev', 'proc', 'sys'].map((name) => path.join(root, name));
  await sandbox.run(['touch', '--no-create', `--date=@${context.epoch}`, '--', ...mountPoints], {
    log,
  });
  return { root, packages: await installedPackages(root, sandbox, log) };
}

/** What mmdebstrap copied into the root, without trailing newlines, as a shell compares it. */
async function hostResolver(): Promise<string> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  return text.replace(/\n+$/, '');
}
