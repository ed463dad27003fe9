import { statSync } from 'node:fs';
import path from 'node:path';
import { luksNodesOf } from '../ask-passphrases.ts';
import type { BootImage } from '../boot/image.ts';
import type { SurroundingMachine } from '../boot/nested-container.ts';
import type { Firmware } from '../boot/firmware.ts';
import { CollectionIndex } from '../config/collection-index.ts';
import type { Collection } from '../config/collection.ts';
import { DiagnosticList } from '../config/diagnostics.ts';
import { profileName } from '../config/load-profile.ts';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import type { Architecture } from '../config/settings.ts';
import { readPassphrases } from '../disk/read-passphrases.ts';
import { imageOfFile, imagesOfProfile, isImageFile } from '../find-images.ts';
import { findMachine } from '../find-machine.ts';
import { firmwareOf } from '../test-image.ts';
import { UserError } from '../host/errors.ts';
import { readFile } from 'node:fs/promises';
import { outputRoot, pathsOf, resolve, type CommonArguments } from './common.ts';
import { projectDir } from './project-dir.ts';

/** Of machines, unless the command line says something else: memory in MiB, processors. */
export const MACHINE = { memory: 1536, cpus: 2 } as const;

/** What `boot` and `test` have in common. */
export interface TargetArguments extends CommonArguments {
  readonly output?: readonly string[] | undefined;
  readonly outputDir?: string | undefined;
  readonly firmware?: Firmware | undefined;
  readonly arch?: Architecture | undefined;
  /** MiB. */
  readonly memory?: number | undefined;
  readonly cpus?: number | undefined;
  readonly passphraseFile?: string | undefined;
  readonly workdir?: string | undefined;
}

/** A profile or a file, and the images that it stands for. */
export interface Target {
  readonly images: readonly BootImage[];
  /** Undefined for files. */
  readonly profile: ResolvedProfile | undefined;
}

const hostArch = (): Architecture => (process.arch === 'arm64' ? 'arm64' : 'amd64');

/** @throws UserError, ConfigError: no such profile or file, or no image yet */
export function findTarget(given: string, args: TargetArguments): Target {
  const isFile = statSync(given, { throwIfNoEntry: false })?.isFile() === true;
  if (isImageFile(given) || (isFile && !/\.ya?ml$/.test(given))) {
    return { images: [imageOfFile(given, args.arch ?? hostArch())], profile: undefined };
  }
  const profile = resolve(given, args);
  const directory = path.join(outputRoot(args.outputDir), profile.name);
  const formats = args.output?.flatMap((names) => names.split(','));
  const shown = path.relative(process.cwd(), profile.path).replace(/\.ya?ml$/, '');
  return {
    images: imagesOfProfile(
      profileName(profile.path),
      directory,
      `./mkimage ${shown.startsWith('..') ? profile.path : shown}`,
      formats,
    ),
    profile,
  };
}

/**
 * The machine that a container of another architecture is started in.
 * @param chosen profile or file, as the command line has it; default: the newest one that was built
 * @param workdir for what has to be unpacked
 * @throws UserError: there is none, or it is none of that architecture
 */
export async function machineAround(
  container: BootImage,
  chosen: string | undefined,
  args: TargetArguments,
  workdir: string,
): Promise<SurroundingMachine> {
  const image =
    chosen === undefined
      ? findMachine(container, outputRoot(args.outputDir), path.join(projectDir, 'profiles'))
      : findTarget(chosen, { ...args, output: undefined, arch: container.arch }).images[0];
  if (image?.kind !== 'disk' || image.arch !== container.arch)
    throw new UserError(`${chosen ?? ''} is no disk image of a machine for ${container.arch}`);
  const [firmware = 'uefi'] = await firmwareOf(image, workdir);
  return { image, firmware };
}

/** Of an image: those that are still there; mistakes in them are left to `mkimage check`. */
export function collectionsOf(image: BootImage, args: TargetArguments): Collection[] {
  const index = new CollectionIndex(pathsOf(args));
  return (image.manifest?.collections ?? []).flatMap((name) => {
    const collection = index.load(name, new DiagnosticList());
    return collection === undefined ? [] : [collection];
  });
}

/**
 * What opens the disks of an image: from a file or the environment as the layout of the profile says,
 * or `--passphrase-file`.
 */
export async function passphrasesOf(
  { profile }: Target,
  args: TargetArguments,
  warn: (text: string) => void,
): Promise<string[]> {
  if (args.passphraseFile !== undefined) {
    try {
      return [(await readFile(args.passphraseFile, 'utf8')).replace(/\r?\n$/, '')];
    } catch (error) {
      throw new UserError(`the passphrase can not be read: ${(error as Error).message}`);
    }
  }
  if (profile?.disk === undefined) return [];
  const nodes = luksNodesOf({ ...profile.disk, disk: profile.disk.layout });
  const passphrases = await readPassphrases(nodes, warn);
  return [...passphrases.values()].map((passphrase) => passphrase.toString('utf8'));
}
