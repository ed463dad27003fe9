import type { ResolvedProfile } from '../config/resolved-profile.ts';

/** The packages of a profile by when they are installed. The same in each build, with a cache or without. */
export interface PackageGroups {
  /** By mmdebstrap: those of the collections, which other profiles have as well. */
  readonly shared: readonly string[];
  /** Afterwards: those of collections with `install-last`, of the site and of the profile itself. */
  readonly last: readonly string[];
}

/** Without apt in the image there is only one time to install anything. */
const VARIANTS_WITHOUT_APT: readonly string[] = ['essential'];

export function packageGroups(
  profile: Pick<ResolvedProfile, 'packages' | 'collections' | 'settings'>,
): PackageGroups {
  const { packages, settings } = profile;
  const names = packages.map(({ name }) => name);
  if (VARIANTS_WITHOUT_APT.includes(settings.variant.value)) return { shared: names, last: [] };
  const early = new Set(
    profile.collections
      .filter(({ collection }) => collection.file['install-last'] !== true)
      .map(({ collection }) => collection.name),
  );
  const isShared = ({ origin }: ResolvedProfile['packages'][number]): boolean =>
    origin.kind === 'collection' && origin.name !== undefined && early.has(origin.name);
  return {
    // Sorted, so that profiles with the same packages have them in common whatever their order is.
    shared: packages
      .filter(isShared)
      .map(({ name }) => name)
      .sort(),
    last: packages.filter((entry) => !isShared(entry)).map(({ name }) => name),
  };
}
