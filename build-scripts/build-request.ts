import type { Store } from './cache/store.ts';
import type { ResolvedProfile } from './config/resolved-profile.ts';
import type { BuildLog } from './host/build-log.ts';
import type { Freshness } from './layered-root.ts';
import type { Published } from './publish/publish.ts';

export interface BuildOptions {
  readonly profile: ResolvedProfile;
  /** `obj/<profile>`; exists. */
  readonly directory: string;
  readonly log: BuildLog;
  /** When it starts, in seconds since 1970: part of the names of files. */
  readonly epoch: number;
  /** Folder of the cached tree of disk tools. */
  readonly toolsCache: string;
  readonly until?: BuildUntil;
  /** Layers of earlier builds; undefined: everything is made anew, and nothing kept. */
  readonly cache?: BuildCache | undefined;
  /** See ComposeOptions. */
  readonly asked?: ReadonlyMap<string, Buffer> | undefined;
  /** Where to work; see {@link openSandbox}. */
  readonly workdir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What a failed hook is told to be looked at with; by default `./mkimage shell PATH`. */
  readonly shellCommand?: readonly string[] | undefined;
  /** Registers what must be undone however the build ends. */
  readonly defer: (undo: () => Promise<void>) => void;
}

/** What a build takes from earlier ones. */
export interface BuildCache {
  readonly store: Store;
  readonly freshness: Freshness;
  /** What makes the images, this program and tools of the host: name → version. */
  readonly tools: Promise<ReadonlyMap<string, string>>;
}

/** The result of a build, filled in by its steps. */
export interface BuildResult {
  /** Everything was there already, from a build at this time: seconds since 1970. */
  unchangedSince: number | undefined;
  published: readonly Published[];
  packages: number;
  /** Bytes of the root tree's tarball before compression. */
  rootBytes: number;
  /** The formats that are made. */
  outputs: readonly string[];
  /** What was verified about the disk. */
  checks: readonly string[];
}

/** Where a build ends early: the tarball, or the raw disk. */
export type BuildUntil = 'rootfs' | 'disk' | undefined;
