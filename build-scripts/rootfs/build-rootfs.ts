import path from 'node:path';
import type { Hook, InstallStep } from '../config/collection.ts';
import type { Sandbox } from '../host/sandbox.ts';
import { applyFiles, applyOwners } from './apply-files.ts';
import { applyServices } from './apply-services.ts';
import { bootstrap } from './bootstrap.ts';
import type { BuildContext } from './build-context.ts';
import { cleanRoot, holdServices } from './clean-root.ts';
import { downloadPackages, type WantedFile } from './download-packages.ts';
import { installPackages } from './install-packages.ts';
import { installedPackages, type InstalledPackage } from './installed-packages.ts';
import { EARLY_PHASES, installations, type Installation } from './install-steps.ts';
import { writeRepositories } from './repositories.ts';
import { runHook } from './run-hook.ts';

export interface RootfsRequest {
  readonly context: BuildContext;
  readonly sandbox: Sandbox;
  readonly onDetail: (text: string) => void;
  /** Called with the root before a hook runs; may look around, not change the build. */
  readonly beforeHook?: ((hook: Hook, root: string) => Promise<void>) | undefined;
  /** Packages that are at hand already, and what becomes of those that were downloaded. */
  readonly downloads?: Downloads | undefined;
}

/** Where packages need not be downloaded from. */
export interface Downloads {
  /**
   * Puts the files that it has into apt's archive folder, before apt looks for them.
   * @param wanted undefined: nobody knows yet
   * @returns their names
   */
  fill(archives: string, wanted: readonly WantedFile[] | undefined): Promise<ReadonlySet<string>>;
  /** Takes what is in the archive folder. @param step that it was downloaded for */
  keep(archives: string, step: InstallStep): Promise<void>;
}

/** The root tree of a profile, stage by stage; each needs those before it. */
export interface RootfsStages {
  /** Absolute path in the sandbox. */
  readonly root: string;
  /**
   * mmdebstrap: the shared packages, with the hooks of its phases.
   * @param onLists called when the package lists are there, and packages are not
   */
  readonly bootstrap: (onLists?: () => void) => Promise<void>;
  /** Packages on top of them, and the hooks before those. */
  readonly install: (what: Installation) => Promise<void>;
  /** Files, customize hooks and services; cleans. */
  readonly apply: () => Promise<readonly InstalledPackage[]>;
}

/** apt's folder for downloads. */
const archivesOf = (root: string): string => path.join(root, 'var/cache/apt/archives');

/**
 * Builds the root tree of a profile in the sandbox.
 * @throws CommandError, HookError, UserError
 */
export async function buildRootfs(request: RootfsRequest): Promise<void> {
  const stages = rootfsStages(request);
  await stages.bootstrap();
  const [, ...later] = installations(request.context.profile);
  for (const installation of later) await stages.install(installation);
  await stages.apply();
}

export function rootfsStages(request: RootfsRequest): RootfsStages {
  const { context, sandbox, onDetail, downloads } = request;
  const { profile, log } = context;
  const root = path.join(sandbox.tree, 'root');

  const runHooks = async (hooks: readonly Hook[]) => {
    for (const hook of hooks) {
      onDetail(`hook ${hook.collection} ${hook.file}`);
      await request.beforeHook?.(hook, root);
      await runHook(hook, root, sandbox, context);
    }
  };

  /** What has been installed goes to the pool, or away. */
  const takeDownloads = async (step: InstallStep): Promise<void> => {
    const archives = archivesOf(root);
    if (downloads !== undefined) return downloads.keep(archives, step);
    const debs = ['-maxdepth', '1', '-name', '*.deb', '-delete'];
    await sandbox.run(['find', archives, ...debs], { log });
  };

  return {
    root,
    async bootstrap(onLists) {
      await bootstrap({
        profile,
        sandbox,
        log,
        root,
        epoch: context.epoch,
        onDetail,
        onLists,
        async onPhase(phase) {
          if (phase === 'setup') {
            await writeRepositories('for mmdebstrap', root, sandbox, context);
            await downloads?.fill(archivesOf(root), undefined);
          }
          return runHooks(installations(profile)[0].hooks[phase]);
        },
      });
      await takeDownloads('base');
    },
    async install({ step, packages, hooks }) {
      await writeRepositories('for the build', root, sandbox, context);
      await holdServices(root, sandbox, context);
      for (const phase of EARLY_PHASES) await runHooks(hooks[phase]);
      if (packages.length === 0) return;
      onDetail(`${packages.length} packages on top`);
      const request = { root, names: packages, sandbox, context, onDetail };
      const archives = archivesOf(root);
      const none = Promise.resolve(new Set<string>());
      await downloadPackages(
        request,
        archives,
        (wanted) => downloads?.fill(archives, wanted) ?? none,
      );
      await installPackages(request);
      await takeDownloads(step);
    },
    async apply() {
      await writeRepositories('for the image', root, sandbox, context);
      await holdServices(root, sandbox, context);
      onDetail('files');
      await applyFiles(root, sandbox, context);
      await runHooks(profile.hooks.customize);
      await applyOwners(root, sandbox, context);
      onDetail('services');
      await applyServices(root, sandbox, context);
      onDetail('cleaning');
      await cleanRoot(root, sandbox, context);
      return installedPackages(root, sandbox, log);
    },
  };
}
