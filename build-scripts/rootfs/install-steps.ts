import { INSTALL_STEPS, type Hook, type InstallStep } from '../config/collection.ts';
import type { ResolvedProfile } from '../config/resolved-profile.ts';

/** The phases that come before packages are installed. */
export const EARLY_PHASES = ['setup', 'extract', 'essential'] as const;
export type EarlyPhase = (typeof EARLY_PHASES)[number];

/** What is installed at one time. The same in each build, with a cache or without. */
export interface Installation {
  readonly step: InstallStep;
  readonly packages: readonly string[];
  /** Of collections of this step. */
  readonly hooks: Readonly<Record<EarlyPhase, readonly Hook[]>>;
}

/** Without apt in the image there is only one time to install anything. */
const VARIANTS_WITHOUT_APT: readonly string[] = ['essential'];

/**
 * The packages of a profile and the hooks before them, by when they are installed: the first ones by
 * mmdebstrap, the others with apt upon them. Steps without any are left out, but never the first.
 */
export function installations(
  profile: Pick<ResolvedProfile, 'packages' | 'collections' | 'settings' | 'hooks'>,
): readonly [Installation, ...Installation[]] {
  const [first, ...later] = INSTALL_STEPS;
  const isOneTime = VARIANTS_WITHOUT_APT.includes(profile.settings.variant.value);
  const of = (step: InstallStep): Installation => {
    const isNow = (other: InstallStep): boolean => other === step || isOneTime;
    const steps = new Map(
      profile.collections.map(({ collection }) => [collection.name, stepOf(collection.file)]),
    );
    const hooks = (phase: EarlyPhase): readonly Hook[] =>
      profile.hooks[phase].filter(({ collection }) => isNow(steps.get(collection) ?? first));
    const packages = profile.packages.filter((one) => isNow(one.step)).map(({ name }) => name);
    return {
      step,
      // Those of a profile stay in its order; others are shared, whatever order they come in.
      packages: step === 'extra' || isOneTime ? packages : packages.sort(),
      hooks: { setup: hooks('setup'), extract: hooks('extract'), essential: hooks('essential') },
    };
  };
  if (isOneTime) return [of(first)];
  const hasAny = ({ packages, hooks }: Installation): boolean =>
    packages.length > 0 || EARLY_PHASES.some((phase) => hooks[phase].length > 0);
  return [of(first), ...later.map(of).filter(hasAny)];
}

const stepOf = (file: { 'install-step'?: InstallStep | undefined }): InstallStep =>
  file['install-step'] ?? 'base';
