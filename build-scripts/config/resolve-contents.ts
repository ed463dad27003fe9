import type { Collection, FileEntry, Hook, HookPhase, InstallStep } from './collection.ts';
import { HOOK_PHASES, INSTALL_STEPS } from './collection.ts';
import type { Location } from './diagnostics.ts';
import type { Origin } from './layers.ts';
import type { ResolvedPackage, ResolvedService } from './resolved-profile.ts';
import { holds } from './when.ts';

type Lookup = (name: string) => unknown;

/** Packages a site's defaults or a profile adds or removes. */
export interface PackageLayer {
  readonly kind: Origin['kind'];
  readonly name?: string | undefined;
  readonly packages: readonly string[];
  at(index: number): Location;
}

/** `name` adds, `-name` removes what an earlier layer added. */
export function resolvePackages(
  collections: readonly Collection[],
  layers: readonly PackageLayer[],
  lookup: Lookup,
): { packages: ResolvedPackage[]; removed: ResolvedPackage[] } {
  const packages = new Map<string, ResolvedPackage>();
  const removed = new Map<string, ResolvedPackage>();
  const apply = (entry: string, origin: Origin, step: InstallStep): void => {
    const name = entry.replace(/^-/, '');
    const known = packages.get(name);
    if (!entry.startsWith('-')) {
      removed.delete(name);
      if (known === undefined) packages.set(name, { name, origin, step });
      else packages.set(name, { ...known, step: earlier(known.step, step) });
    } else if (packages.delete(name)) {
      removed.set(name, { name, origin, step });
    }
  };
  for (const { name, file, document } of collections) {
    file.packages?.forEach((entry, index) => {
      if (typeof entry === 'object' && !holds(entry.when, lookup)) return;
      const at = document.locate(['packages', index]);
      const own = typeof entry === 'string' ? { name: entry } : entry;
      const step = own['install-step'] ?? file['install-step'] ?? 'base';
      apply(own.name, { kind: 'collection', name, at }, step);
    });
  }
  for (const layer of layers) {
    layer.packages.forEach((entry, index) => {
      apply(entry, { kind: layer.kind, name: layer.name, at: layer.at(index) }, 'extra');
    });
  }
  return { packages: [...packages.values()], removed: [...removed.values()] };
}

const earlier = (a: InstallStep, b: InstallStep): InstallStep =>
  INSTALL_STEPS.indexOf(a) < INSTALL_STEPS.indexOf(b) ? a : b;

/** Files whose condition holds, in collection order. */
export function resolveFiles(collections: readonly Collection[], lookup: Lookup): FileEntry[] {
  return collections.flatMap((collection) =>
    collection.entries.filter((entry) => holds(entry.when, lookup)),
  );
}

export function resolveServices(
  collections: readonly Collection[],
  lookup: Lookup,
): ResolvedService[] {
  return collections.flatMap(({ name, file }) =>
    (['enable', 'disable', 'mask'] as const).flatMap((action) =>
      (file.services?.[action] ?? [])
        .filter((entry) => typeof entry === 'string' || holds(entry.when, lookup))
        .map((entry) => ({
          action,
          unit: typeof entry === 'string' ? entry : entry.name,
          collection: name,
        })),
    ),
  );
}

/** Each phase sorted by number, then collection order, then name. */
export function resolveHooks(collections: readonly Collection[]): Record<HookPhase, Hook[]> {
  const sorted = collections
    .flatMap((collection, position) => collection.hooks.map((hook) => ({ hook, position })))
    .sort(
      (a, b) =>
        a.hook.order - b.hook.order ||
        a.position - b.position ||
        (a.hook.file < b.hook.file ? -1 : a.hook.file > b.hook.file ? 1 : 0),
    )
    .map(({ hook }) => hook);
  return Object.fromEntries(
    HOOK_PHASES.map((phase) => [phase, sorted.filter((hook) => hook.phase === phase)]),
  ) as unknown as Record<HookPhase, Hook[]>;
}
