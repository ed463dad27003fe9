import type { DiskFile } from './config/disk-schema.ts';
import type { YamlDocument } from './config/yaml-source.ts';
import type { InitramfsStore } from './disk/configure/initramfs-cache.ts';
import type { RootFacts } from './disk/configure/inspect-root.ts';
import type { SerialConsole } from './disk/boot-loaders/grub-config.ts';
import type { DiskPlan } from './disk/disk-plan.ts';
import type { ToolRunner } from './disk/tool-runner.ts';
import type { BuildLog } from './host/build-log.ts';
import type { Step } from './host/progress.ts';
import type { Sandbox } from './host/sandbox.ts';

export interface Layout {
  readonly disk: DiskFile;
  readonly document?: YamlDocument | undefined;
  /** Absolute; files that the layout names are relative to it. */
  readonly folder: string;
}

export interface ComposeOptions {
  readonly layout: Layout;
  readonly tarball: string;
  /** Where the raw image is written, on the file system it will be published on. */
  readonly image: string;
  /** Folder for temporary sparse files on the same file system; seen by the tools. */
  readonly scratch: string;
  /** Folder of the cached tools tree. */
  readonly toolsCache: string;
  readonly tools: 'tree' | 'host';
  /** URL; through which the packages of the tools tree are fetched. */
  readonly proxy?: string | undefined;
  readonly log: BuildLog;
  /** Of times in the image, in seconds since 1970; asked for once the root file system is there. */
  readonly epoch: () => number;
  readonly seed: string;
  /** Passphrases that were typed, see askPassphrases: nobody can be asked while progress is shown. */
  readonly asked?: ReadonlyMap<string, Buffer> | undefined;
  readonly serial?: SerialConsole | undefined;
  readonly kernelArguments?: readonly string[] | undefined;
  /** Folder on the same file system that gets copies of `vmlinuz` and `initrd`. */
  readonly bootFiles?: string | undefined;
  /** Initramfs images of earlier builds. */
  readonly initramfs?: InitramfsStore | undefined;
  /** Puts the disk of an earlier build in place, if there is one: nothing else is made then. */
  readonly takeDisk?:
    | ((versions: () => ReturnType<ToolRunner['versions']>) => Promise<KnownDisk | undefined>)
    | undefined;
  /** A last look at the root before the initramfs is made. */
  readonly lastLook?: ((root: string, sandbox: Sandbox) => Promise<void>) | undefined;
  readonly workdir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly defer: (undo: () => Promise<void>) => void;
}

/** What is worth knowing about a finished disk, beside its plan. */
export interface KnownDisk {
  /** Bytes of content by mount point: with them the plan is the same again. */
  readonly contents: Readonly<Record<string, number>>;
  readonly checks: readonly string[];
  /** See {@link contentHash}. */
  readonly contentSha256: string;
  readonly secureBoot: boolean;
}

/** Filled in by the steps. */
export interface ComposeResult extends KnownDisk {
  /** It is the disk of an earlier build. */
  isTaken: boolean;
  plan: DiskPlan | undefined;
  /** What the root of the image is. */
  facts: RootFacts | undefined;
  contents: Readonly<Record<string, number>>;
  checks: readonly string[];
  contentSha256: string;
  secureBoot: boolean;
  versions: ReadonlyMap<string, string>;
  /** They work until `close`: for conversions. */
  tools: ToolRunner | undefined;
}

export interface Composition {
  /** What can go wrong or be asked before the tarball is there. */
  readonly prepare: Step;
  /** Where it works, from `prepare` on. */
  readonly sandbox: () => Sandbox;
  /** Takes the tree that the tarball was packed from, which is in the sandbox, instead of unpacking it. */
  readonly takeRoot: (root: string) => void;
  readonly steps: readonly Step[];
  /** Only reads the disk: whatever else only reads it may run beside it. */
  readonly verify: Step;
  readonly result: ComposeResult;
  /** Gives the memory back; without it that happens when all is over. */
  readonly close: () => Promise<void>;
}
