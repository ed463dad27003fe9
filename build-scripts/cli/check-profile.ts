import { checkOutputs } from '../check-outputs.ts';
import { ConfigError, type Diagnostic } from '../config/diagnostics.ts';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import { displayPath, type SearchPaths } from '../config/search-paths.ts';
import { planDisk } from '../disk/plan/index.ts';
import { imageOfProfile } from '../make-outputs.ts';

/** The profile with the formats of the command line, when there are any. */
export function withOutputs(
  profile: ResolvedProfile,
  given: readonly string[] | undefined,
): ResolvedProfile {
  const names = (given ?? []).flatMap((text) => text.split(',')).filter((name) => name !== '');
  if (names.length === 0) return profile;
  return { ...profile, outputs: { value: names, origins: [{ kind: 'command line' }] } };
}

/** Formats that can not be made of the profile. */
export function outputMistakes(profile: ResolvedProfile, paths: SearchPaths): Diagnostic[] {
  const { outputs, collections, disk } = profile;
  const origin = outputs.origins.at(-1);
  return checkOutputs({
    names: outputs.value,
    image: imageOfProfile(profile),
    hasDisk: disk !== undefined,
    isContainer: collections.some(({ collection }) =>
      collection.file.provides?.includes('container'),
    ),
    at: origin?.at,
    where:
      origin?.kind === 'command line' ? 'command line, --output' : displayPath(profile.path, paths),
  });
}

/** What can be found wrong with the layout before its content is known. */
export function diskMistakes({ disk, settings }: ResolvedProfile): Diagnostic[] {
  if (disk === undefined) return [];
  const bios = disk.layout.firmware.indexOf('bios');
  if (bios >= 0 && settings.arch.value === 'arm64') {
    return [
      {
        message: 'there is no BIOS on arm64',
        hint: 'take firmware uefi; for the layout of a collection: bootable.firmware: [uefi]',
        at: disk.document.locate(['firmware', bios]),
      },
    ];
  }
  try {
    planDisk({ ...disk, disk: disk.layout, contents: {}, seed: 'check' });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return [...error.diagnostics];
    throw error;
  }
}
