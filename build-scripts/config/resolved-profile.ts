import type { Collection, FileEntry, Hook, HookPhase, InstallStep } from './collection.ts';
import type { Origin, Resolved } from './layers.ts';
import type { ResolvedDisk } from './resolve-disk.ts';
import type { ResolvedOption } from './resolve-options.ts';
import type { Architecture, Repository, Suite } from './settings.ts';

export interface ResolvedSettings {
  readonly suite: Resolved<Suite>;
  readonly arch: Resolved<Architecture>;
  readonly variant: Resolved<string>;
  /** URLs or apt sources lines; empty: mmdebstrap's choice. */
  readonly mirror: Resolved<readonly string[]>;
  readonly components: Resolved<readonly string[]>;
  /** `20261101T120000Z` */
  readonly snapshot: Resolved<string | undefined>;
  readonly 'snapshot-mirror': Resolved<string | undefined>;
  /** Keys are absolute paths. */
  readonly repositories: Resolved<readonly Repository[]>;
  readonly 'apt-proxy': Resolved<string | undefined>;
  readonly seed: Resolved<string | undefined>;
  readonly 'zstd-level': Resolved<number>;
}

export interface ResolvedCollection {
  readonly collection: Collection;
  /** Undefined: the profile itself asks for it. */
  readonly pulledInBy: string | undefined;
}

export interface ResolvedPackage {
  readonly name: string;
  /** The earliest of those that want it. */
  readonly step: InstallStep;
  readonly origin: Origin;
}

export interface ResolvedService {
  readonly action: 'enable' | 'disable' | 'mask';
  readonly unit: string;
  readonly collection: string;
}

/**
 * Everything a build needs to know, with the origin of each value. Secrets are references or plain
 * text still; {@link redact} before showing option values.
 */
export interface ResolvedProfile {
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly description: string | undefined;
  readonly settings: ResolvedSettings;
  /** In the order in which they are applied. */
  readonly collections: readonly ResolvedCollection[];
  readonly options: ReadonlyMap<string, ResolvedOption>;
  readonly packages: readonly ResolvedPackage[];
  /** Removed by a later layer. */
  readonly removedPackages: readonly ResolvedPackage[];
  readonly files: readonly FileEntry[];
  readonly services: readonly ResolvedService[];
  /** Each phase sorted by number, then collection order, then name. */
  readonly hooks: Readonly<Record<HookPhase, readonly Hook[]>>;
  readonly disk: ResolvedDisk | undefined;
  readonly outputs: Resolved<readonly string[]>;
}
