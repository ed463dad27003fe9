import type { CollectionFile } from './collection-schema.ts';
import type { Location } from './diagnostics.ts';
import type { YamlDocument } from './yaml-source.ts';
import type { When } from './when.ts';

/** When packages are installed, one after the other. */
export const INSTALL_STEPS = ['base', 'system', 'extra'] as const;
export type InstallStep = (typeof INSTALL_STEPS)[number];

/** The phases a hook may belong to, in the order in which they run. `disk` belongs to stage two. */
export const HOOK_PHASES = ['setup', 'extract', 'essential', 'customize', 'disk'] as const;
export type HookPhase = (typeof HOOK_PHASES)[number];

export interface Hook {
  readonly collection: string;
  readonly phase: HookPhase;
  /** `50-name` or `50-name.chroot`. */
  readonly file: string;
  /** The two digits in front. */
  readonly order: number;
  /** Absolute path. */
  readonly path: string;
  readonly inChroot: boolean;
}

/** One entry below `files/` with what files.yml says about it. */
export interface FileEntry {
  readonly collection: string;
  /** Absolute path on the host. */
  readonly source: string;
  /** Absolute path in the image. */
  readonly target: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly template: boolean;
  /** Octal permission bits; undefined for directories that keep the mode they have. */
  readonly mode: number | undefined;
  readonly owner: string | undefined;
  readonly group: string | undefined;
  /** Its own condition joined with those of the folders above it. */
  readonly when: When | undefined;
  /** Its own condition in files.yml, if it has one. */
  readonly ownWhen: { readonly when: When; readonly at: Location } | undefined;
  /** The collection whose file of the same path this one replaces. */
  readonly replaces: { readonly name: string; readonly at: Location } | undefined;
  /** Whether files.yml names it. */
  readonly isException: boolean;
}

export interface Collection {
  readonly name: string;
  /** Absolute path. */
  readonly directory: string;
  readonly document: YamlDocument;
  readonly file: CollectionFile;
  /** Parts of collection.yml that had mistakes and were left out: `requires`, `options.ssh.port`. */
  readonly broken: ReadonlySet<string>;
  readonly entries: readonly FileEntry[];
  readonly hooks: readonly Hook[];
  /** disk.yml.liquid, a template of a disk layout: absolute path. */
  readonly disk: string | undefined;
  /** repositories.yml.liquid, a template of a list of repositories: absolute path. */
  readonly repositories: string | undefined;
  /** Tests of the booted image: absolute paths, in their order. */
  readonly tests: readonly string[];
}

/** Hooks `50-name` and `50-name.chroot`, tests `50-name` and `50-name.host`: the ending says where they run. */
export const NUMBERED_FILE = {
  hook: /^(\d\d)-[a-z0-9][a-z0-9-]*(\.chroot)?$/,
  test: /^(\d\d)-[a-z0-9][a-z0-9-]*(\.host)?$/,
} as const;

export const hookLabel = (hook: Hook): string =>
  `${hook.collection}/hooks/${hook.phase}/${hook.file}`;
