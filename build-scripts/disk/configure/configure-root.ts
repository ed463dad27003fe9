import type { Sandbox } from '../../host/sandbox.ts';
import { installBootLoaders, type InstalledBootLoaders } from '../boot-loaders/index.ts';
import type { SerialConsole } from '../boot-loaders/grub-config.ts';
import type { DiskPlan } from '../disk-plan.ts';
import type { ImageRoot } from '../image-root.ts';
import { fstab } from '../plan/tables.ts';
import { ASKED_FILES, requireRoot } from './check-root.ts';
import { consoleArguments, setGrubDefaults } from './grub-defaults.ts';
import type { InitramfsCache } from './initramfs-cache.ts';
import { makeInitramfs, writeInitramfsSettings } from './initramfs.ts';
import { inspectRoot, type RootFacts } from './inspect-root.ts';
import { writeLayerTables } from './layer-tables.ts';
import { mergeFstab } from './merge-fstab.ts';
import { configureSnapper } from './snapper.ts';

export interface ConfigureRequest {
  readonly root: ImageRoot;
  readonly sandbox: Sandbox;
  readonly plan: DiskPlan;
  /** What {@link lookAtRoot} found. */
  readonly facts: RootFacts;
  /** Kernel arguments beside those for the root and the console. */
  readonly kernelArguments?: readonly string[] | undefined;
  readonly serial?: SerialConsole | undefined;
  /** `hooks/disk` of collections, or a last look by hand: after the tables, before the initramfs. */
  readonly runHooks?: (() => Promise<void>) | undefined;
  readonly initramfsCache?: InitramfsCache | undefined;
  readonly onDetail: (text: string) => void;
}

export interface ConfiguredRoot extends InstalledBootLoaders {
  /** The newest first. */
  readonly kernels: readonly string[];
}

/**
 * Looks into the root, before anything is changed.
 * @throws UserError with everything the image lacks for this disk
 */
export async function lookAtRoot(
  root: ImageRoot,
  sandbox: Sandbox,
  plan: DiskPlan,
  warn: (text: string) => void,
): Promise<RootFacts> {
  const facts = await inspectRoot(root, sandbox, ASKED_FILES);
  requireRoot(plan, facts, warn);
  return facts;
}

/**
 * Makes the unpacked root the system of this disk: tables, settings, hooks, initramfs, boot loaders.
 * It has to be in one piece; file systems are made of it afterwards.
 * @throws CommandError, UserError
 */
export async function configureRoot(request: ConfigureRequest): Promise<ConfiguredRoot> {
  const { root, sandbox, plan, facts, serial, onDetail } = request;
  onDetail('tables and settings');
  const present = await root.script('if [ -f /etc/fstab ]; then cat /etc/fstab; fi');
  await root.write('/etc/fstab', mergeFstab(fstab(plan), present.stdout));
  await writeLayerTables(root, plan);
  await writeInitramfsSettings(root, plan, facts);
  await setGrubDefaults(
    root,
    [
      ...(request.kernelArguments ?? []),
      ...(serial === undefined ? [] : consoleArguments(facts.architecture ?? '', serial)),
    ],
    serial,
  );
  await configureSnapper(root, plan);
  await request.runHooks?.();

  // Hooks may have installed kernels and packages.
  const now =
    request.runHooks === undefined ? facts : await inspectRoot(root, sandbox, ASKED_FILES);
  await makeInitramfs(root, now.kernels, onDetail, request.initramfsCache);
  onDetail('boot loaders');
  const installed = await installBootLoaders({ root, plan, facts: now, serial });
  return { ...installed, kernels: now.kernels };
}
