import { askSources, type SourceState } from './cache/repository-state.ts';
import type { ResolvedProfile } from './config/resolved-profile.ts';

type Settings = ResolvedProfile['settings'];

/**
 * Asks the package sources of a profile whether they have changed: all but those of its snapshot, which
 * never do.
 * @returns all of them, in their order
 * @throws Error when one can not be reached
 */
export async function askChanging(
  known: readonly SourceState[],
  settings: Settings,
): Promise<SourceState[]> {
  const changing = known.filter(({ release }) => !isOfSnapshot(release, settings));
  const asked = await askSources(changing, settings['apt-proxy'].value);
  const now = new Map(asked.map((source) => [source.release, source]));
  return known.map((source) => now.get(source.release) ?? source);
}

/** By its address, see mmdebstrapCommand; other `repositories` are not pinned. */
function isOfSnapshot(release: string, settings: Settings): boolean {
  const snapshot = settings.snapshot.value;
  const mirror = settings['snapshot-mirror'].value?.replace(/\/$/, '');
  if (snapshot === undefined || mirror === undefined) return false;
  return release.startsWith(`${mirror}/`) && release.includes(`/${snapshot}/`);
}
