import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { hasLayer, type BootImage } from './boot/image.ts';
import { SUITES, type Architecture, type Suite } from './config/settings.ts';
import { imagesOfProfile } from './find-images.ts';
import { UserError } from './host/errors.ts';

/**
 * The machine that a container of another architecture is started in: the newest disk image of that
 * architecture, if possible of the same suite. Encrypted ones are left out: nobody says their passphrase.
 * @param outputRoot folder with a folder of images per profile
 * @param profiles folder with the shipped profiles, to name one of them
 * @throws UserError that says what to build when there is none
 */
export function findMachine(container: BootImage, outputRoot: string, profiles: string): BootImage {
  const suite = container.manifest?.settings.suite;
  const isSame = ({ manifest }: BootImage): boolean => manifest?.settings.suite === suite;
  const [best] = builtMachines(container.arch, outputRoot).sort(
    (a, b) => Number(isSame(b)) - Number(isSame(a)) || builtAt(b) - builtAt(a),
  );
  if (best !== undefined) return best;
  const profile = machineProfile(container.arch, suite, (name) =>
    existsSync(path.join(profiles, `${name}.yml`)),
  );
  throw new UserError(
    `${container.name} is a container for ${container.arch}: here it needs a machine of that architecture around it, and there is no image of one in ${outputRoot}`,
    { hint: `./mkimage profiles/${profile}` },
  );
}

/**
 * A profile for such a machine: of this suite or the next one that has it.
 * @param suite undefined or unknown: the newest
 */
export function machineProfile(
  arch: Architecture,
  suite: string | undefined,
  isThere: (profile: string) => boolean,
): string {
  const suites = Object.keys(SUITES) as Suite[];
  const name = (one: Suite): string => `deb${SUITES[one].version}-${arch}-kvm`;
  const newer = suites.slice(Math.max(0, suites.indexOf(suite as Suite)));
  const fitting = suites.includes(suite as Suite) ? newer.map(name).find(isThere) : undefined;
  return fitting ?? name('trixie');
}

/** Disks of all profiles that can be started without a passphrase. What is damaged or half there is none. */
function builtMachines(arch: Architecture, outputRoot: string): BootImage[] {
  if (!existsSync(outputRoot)) return [];
  return readdirSync(outputRoot, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [];
    try {
      const images = imagesOfProfile(entry.name, path.join(outputRoot, entry.name), '');
      return images.filter(
        (image) => image.kind === 'disk' && image.arch === arch && !hasLayer(image, 'luks'),
      );
    } catch {
      return [];
    }
  });
}

/** ms since 1970. */
function builtAt({ file }: BootImage): number {
  return statSync(file).mtimeMs;
}
