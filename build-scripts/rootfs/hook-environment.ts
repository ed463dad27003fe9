import { readFileSync } from 'node:fs';
import type { Hook } from '../config/collection.ts';
import { optionVariables } from '../config/option-environment.ts';
import type { BuildContext } from './build-context.ts';
import { visibleValues } from './visible-values.ts';

/** Hooks that run while packages are installed: before a layer that is kept for other builds. */
export const EARLY_PHASES: readonly string[] = ['setup', 'extract', 'essential'];

/** The variables of ours that the text of a hook names. */
export function namedVariables(hook: Pick<Hook, 'path'>): ReadonlySet<string> {
  return new Set(readFileSync(hook.path, 'latin1').match(/\b(?:OPT|MKIMAGE)_[A-Z0-9_]+/g));
}

/**
 * The whole environment of a hook, apart from PATH and MKIMAGE_CHROOT: what it is part of, and
 * every option. Secrets that another collection declares are empty. Hooks of early phases get only
 * what their text names, so that it is known what their work depends on.
 */
export function hookEnvironment(
  hook: Pick<Hook, 'collection' | 'phase' | 'path'>,
  context: Pick<BuildContext, 'profile' | 'values' | 'epoch' | 'seed'>,
): Record<string, string> {
  const environment = fullEnvironment(hook, context);
  if (!EARLY_PHASES.includes(hook.phase)) return environment;
  const named = namedVariables(hook);
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !/^(OPT|MKIMAGE)_/.test(name) || named.has(name),
    ),
  );
}

function fullEnvironment(
  hook: Pick<Hook, 'collection' | 'phase'>,
  context: Pick<BuildContext, 'profile' | 'values' | 'epoch' | 'seed'>,
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
