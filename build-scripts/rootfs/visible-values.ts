import type { ResolvedProfile } from '../config/resolved-profile.ts';
import { mapSecrets } from '../config/secrets.ts';

/**
 * Option values as the hooks and templates of one collection see them: secrets that another
 * collection declares are empty.
 */
export function visibleValues(
  profile: Pick<ResolvedProfile, 'options'>,
  values: ReadonlyMap<string, unknown>,
  collection: string,
): Map<string, unknown> {
  return new Map(
    [...profile.options.values()].map((option) => {
      const value = values.get(option.name);
      const isOwn = option.collection === collection;
      return [option.name, isOwn ? value : mapSecrets(option.declaration, value, () => '')];
    }),
  );
}
