import { hookLabel, HOOK_PHASES } from '../config/collection.ts';
import type { DiskFile } from '../config/disk-schema.ts';
import { formatOrigin } from '../config/layers.ts';
import { redact } from '../config/secrets.ts';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import { mmdebstrapCommand, PLAN_PATHS } from '../rootfs/mmdebstrap-command.ts';

/** What a build of this profile would do, as data: `mkimage plan --json`. Holds no secrets. */
export interface Plan {
  readonly profile: string;
  readonly description: string | null;
  readonly settings: Readonly<Record<string, { readonly value: unknown; readonly origin: string }>>;
  readonly collections: readonly {
    readonly name: string;
    readonly summary: string;
    readonly pulledInBy: string | null;
  }[];
  readonly packages: readonly { readonly name: string; readonly origin: string }[];
  readonly removedPackages: readonly { readonly name: string; readonly origin: string }[];
  readonly options: Readonly<
    Record<string, { readonly value: unknown; readonly origins: readonly string[] }>
  >;
  readonly files: readonly { readonly path: string; readonly collection: string }[];
  readonly hooks: readonly string[];
  readonly services: readonly {
    readonly action: string;
    readonly unit: string;
    readonly collection: string;
  }[];
  readonly mmdebstrap: readonly string[];
  /** The layout as in disk.yml; null without a disk. */
  readonly disk: DiskFile | null;
  readonly outputs: readonly string[];
}

/** Pure: the same profile gives the same plan. */
export function planOf(profile: ResolvedProfile): Plan {
  return {
    profile: profile.name,
    description: profile.description ?? null,
    settings: Object.fromEntries(
      Object.entries(profile.settings).map(
        ([name, { value, origins }]: [
          string,
          { value: unknown; origins: readonly Parameters<typeof formatOrigin>[0][] },
        ]) => [name, { value: value ?? null, origin: origins.map(formatOrigin).join(', ') }],
      ),
    ),
    collections: profile.collections.map(({ collection, pulledInBy }) => ({
      name: collection.name,
      summary: collection.file.summary,
      pulledInBy: pulledInBy ?? null,
    })),
    packages: profile.packages.map(({ name, origin }) => ({ name, origin: formatOrigin(origin) })),
    removedPackages: profile.removedPackages.map(({ name, origin }) => ({
      name,
      origin: formatOrigin(origin),
    })),
    options: Object.fromEntries(
      [...profile.options.values()].map(({ name, declaration, value, origins }) => [
        name,
        { value: redact(declaration, value) ?? null, origins: origins.map(formatOrigin) },
      ]),
    ),
    // Folders that only hold other entries say nothing new.
    files: profile.files
      .filter(({ kind, isException }) => kind !== 'directory' || isException)
      .map(({ target, collection }) => ({ path: target, collection })),
    hooks: HOOK_PHASES.flatMap((phase) => profile.hooks[phase].map(hookLabel)),
    services: profile.services,
    mmdebstrap: mmdebstrapCommand(profile, PLAN_PATHS),
    disk: profile.disk?.layout ?? null,
    outputs: profile.outputs.value,
  };
}
