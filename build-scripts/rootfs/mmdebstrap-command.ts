import type { ResolvedProfile } from '../config/resolved-profile.ts';
import { SUITES } from '../config/settings.ts';
import { EARLY_PHASES, installations, type EarlyPhase } from './install-steps.ts';

/** Where mmdebstrap works; absolute paths in the sandbox, placeholders in a printed plan. */
export interface BootstrapPaths {
  readonly root: string;
  /** Folder with one executable per phase, which hands over to this program. */
  readonly phases: string;
}

/** Stand-ins for paths that exist only during a build. */
export const PLAN_PATHS: BootstrapPaths = {
  root: '$WORKSPACE/tree/root',
  phases: '$WORKSPACE/stage/phases',
};

/**
 * The phases in which mmdebstrap waits, because this profile has something to do; the others cost
 * nothing. `customize` hooks run when it is done, so that its result can be kept.
 */
export function usedPhases(profile: ResolvedProfile): EarlyPhase[] {
  const [{ hooks }] = installations(profile);
  return EARLY_PHASES.filter((phase) => {
    if (phase === 'setup' && profile.settings.repositories.value.length > 0) return true;
    return hooks[phase].length > 0;
  });
}

/** The mmdebstrap command of a profile. Pure: the same profile gives the same command. */
export function mmdebstrapCommand(profile: ResolvedProfile, paths: BootstrapPaths): string[] {
  const { settings } = profile;
  const include = installations(profile)[0].packages.join(',');
  return [
    'mmdebstrap',
    '--verbose',
    // The sandbox is root already, in a user namespace or for real: the same mode for both.
    '--mode=root',
    '--format=directory',
    `--variant=${settings.variant.value}`,
    `--architectures=${settings.arch.value}`,
    `--components=${settings.components.value.join(',')}`,
    ...(include === '' ? [] : [`--include=${include}`]),
    '--aptopt=Acquire::Retries "2"',
    // A build that is killed leaves nothing behind, so that syncing each file buys nothing.
    '--dpkgopt=force-unsafe-io',
    // Looked at before (host/binfmt.ts); mmdebstrap wants the package arch-test for it.
    '--skip=check/qemu',
    // Lists and downloads are needed once more: for the packages on top, and for the next build.
    '--skip=cleanup/apt',
    '--skip=essential/unlink',
    ...usedPhases(profile).map((phase) => `--${phase}-hook=${paths.phases}/${phase}`),
    settings.suite.value,
    paths.root,
    ...sources(profile),
  ];
}

/** apt sources; none lets mmdebstrap choose, which gives security and updates as well. */
function sources({ settings }: ResolvedProfile): readonly string[] {
  const suite = settings.suite.value;
  const components = settings.components.value.join(' ');
  const snapshot = settings.snapshot.value;
  const mirror = settings.mirror.value;
  if (snapshot === undefined) return mirror;
  // The layout of Debian's snapshot service: BASE/ARCHIVE/TIMESTAMP/. Old Release files have expired.
  const line = (archive: string, name: string): string =>
    `deb [check-valid-until=no] ${(settings['snapshot-mirror'].value ?? '').replace(/\/$/, '')}/${archive}/${snapshot}/ ${name} ${components}`;
  return [
    line('debian', suite),
    line('debian', `${suite}-updates`),
    line('debian-security', SUITES[suite].security),
  ];
}
