import type { Hook } from '../config/collection.ts';
import { optionVariables } from '../config/option-environment.ts';
import type { BuildContext } from './build-context.ts';
import { visibleValues } from './visible-values.ts';

/**
 * The whole environment of a hook, apart from PATH and MKIMAGE_CHROOT: what it is part of, and
 * every option. Secrets that another collection declares are empty.
 */
export function hookEnvironment(
  hook: Pick<Hook, 'collection' | 'phase'>,
  context: BuildContext,
): Record<string, string> {
  const { profile, values } = context;
  const environment: Record<string, string> = {
    LC_ALL: 'C.UTF-8',
    HOME: '/root',
    DEBIAN_FRONTEND: 'noninteractive',
    SOURCE_DATE_EPOCH: String(context.epoch),
    MKIMAGE_PHASE: hook.phase,
    MKIMAGE_COLLECTION: hook.collection,
    MKIMAGE_COLLECTIONS: profile.collections.map(({ collection }) => collection.name).join('\n'),
    MKIMAGE_PROFILE: profile.name,
    MKIMAGE_SUITE: profile.settings.suite.value,
    MKIMAGE_ARCH: profile.settings.arch.value,
    MKIMAGE_SEED: context.seed,
  };
  for (const [name, value] of visibleValues(profile, values, hook.collection)) {
    Object.assign(environment, optionVariables(name, value));
  }
  return environment;
}
