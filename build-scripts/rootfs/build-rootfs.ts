import path from 'node:path';
import type { Hook } from '../config/collection.ts';
import type { Sandbox } from '../host/sandbox.ts';
import { applyFiles, applyOwners } from './apply-files.ts';
import { applyServices } from './apply-services.ts';
import { bootstrap } from './bootstrap.ts';
import type { BuildContext } from './build-context.ts';
import { installedPackages, type InstalledPackage } from './installed-packages.ts';
import { cleanRoot } from './clean-root.ts';
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

/** A promise that somebody else fulfils. */
function gate(): { promise: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    promise,
    open: () => {
      open();
    },
  };
}

/** A root that is being built, in two steps that a progress display can tell apart. */
export interface RunningRootfs {
  /** All packages are installed; the build waits for {@link finish}. */
  readonly bootstrapped: Promise<void>;
  /** Applies files, customize hooks and services, cleans. */
  readonly finish: () => Promise<Rootfs>;
}

/**
 * Builds the root tree of a profile in the sandbox: mmdebstrap, files, hooks, services, cleaning.
 * @throws CommandError, HookError, UserError
 */
export async function buildRootfs(request: RootfsRequest): Promise<Rootfs> {
  const running = startRootfs(request);
  await running.bootstrapped;
  return running.finish();
}

/** Like {@link buildRootfs}, but stops between packages and customization. */
export function startRootfs(request: RootfsRequest): RunningRootfs {
  const { context, sandbox, onDetail } = request;
  const { profile, log } = context;
  const root = path.join(sandbox.tree, 'root');
  const installed = gate();
  const go = gate();

  const runHooks = async (phase: BootstrapPhase): Promise<void> => {
    for (const hook of profile.hooks[phase]) {
      onDetail(`hook ${hook.collection} ${hook.file}`);
      await request.beforeHook?.(hook, root);
      await runHook(hook, root, sandbox, context);
    }
  };

  const customize = async (): Promise<void> => {
    installed.open();
    await go.promise;
    onDetail('files');
    await applyFiles(root, sandbox, context);
    await runHooks('customize');
    await applyOwners(root, sandbox, context);
    onDetail('services');
    await applyServices(root, sandbox, context);
  };

  const running = bootstrap({
    profile,
    sandbox,
    log,
    root,
    epoch: context.epoch,
    onDetail,
    async onPhase(phase) {
      if (phase === 'customize') return customize();
      if (phase === 'setup') await writeRepositories('for the build', root, sandbox, context);
      return runHooks(phase);
    },
  });
  // A failure before the customize phase ends the first step, a later one the second.
  const bootstrapped = Promise.race([installed.promise, running]);
  bootstrapped.catch(() => undefined);

  return {
    bootstrapped,
    async finish() {
      go.open();
      await running;
      onDetail('cleaning');
      await writeRepositories('for the image', root, sandbox, context);
      await cleanRoot(root, sandbox, context);
      return { root, packages: await installedPackages(root, sandbox, log) };
    },
  };
}
