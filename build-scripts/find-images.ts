import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { BootImage, DiskFacts, ImageManifest } from './boot/image.ts';
import { FIRMWARE, type Firmware } from './boot/firmware.ts';
import { diskFormat } from './boot/prepare-disk.ts';
import type { Architecture } from './config/settings.ts';
import { UserError } from './host/errors.ts';

/** Endings of root file system tarballs. */
const ROOT_ENDING = '.tar.zst';

/** A file rather than a profile: it is there, and its name ends like an image. */
export function isImageFile(target: string): boolean {
  const isFile = statSync(target, { throwIfNoEntry: false })?.isFile() === true;
  return isFile && (diskFormat(target) !== undefined || target.endsWith(ROOT_ENDING));
}

/**
 * An image file, with what the manifest beside it says.
 * @param arch for files without a manifest
 * @throws UserError when it is no image that can be started
 */
export function imageOfFile(target: string, arch: Architecture): BootImage {
  const file = realpathSync(target);
  const format = diskFormat(file);
  const isRoot = file.endsWith(ROOT_ENDING);
  if (format === undefined && !isRoot) {
    throw new UserError(`${target} is no image that can be started`, {
      hint: 'disks: .raw .raw.zst .qcow2 .vhdx .vhd .vmdk .ova; containers: .tar.zst',
    });
  }
  const manifest = readBeside(file, 'manifest') as ImageManifest | undefined;
  const disk = (
    manifest ?? (readBeside(file, 'disk-manifest') as Pick<ImageManifest, 'disk'> | undefined)
  )?.disk;
  return {
    name: manifest?.profile ?? path.basename(target),
    file,
    format: format ?? 'rootfs',
    kind: isRoot ? 'root' : 'disk',
    arch: manifest?.settings.arch ?? arch,
    firmware: isRoot ? [] : firmwareOf(disk),
    disk: isRoot ? undefined : disk,
    manifest,
  };
}

/** `NAME_disk_DATE_STAMP.qcow2` has its manifest in `NAME_manifest_DATE_STAMP.json`. */
function readBeside(file: string, kind: 'manifest' | 'disk-manifest'): unknown {
  const [, name, stamp] =
    /^(.+)_(?:disk|rootfs)_(\d{4}-\d\d-\d\d_\d+)\./.exec(path.basename(file)) ?? [];
  if (name === undefined || stamp === undefined) return undefined;
  const manifest = path.join(path.dirname(file), `${name}_${kind}_${stamp}.json`);
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as unknown) : undefined;
}

function firmwareOf(disk: DiskFacts | undefined): Firmware[] {
  if (disk === undefined) return [];
  // Whatever starts with Secure Boot starts without it.
  const own: Firmware[] = disk.plan.firmware.map((firmware) =>
    firmware === 'uefi' && disk.secureBoot ? 'secure-boot' : firmware,
  );
  return FIRMWARE.filter((firmware) => own.includes(firmware)).reverse();
}

/**
 * The newest image of a profile, of each of these formats.
 * @param directory `obj/PROFILE`
 * @param formats what to look for; by default the first disk of the profile's outputs and, if it
 *   makes containers, the root file system
 * @throws UserError when there is none
 */
export function imagesOfProfile(
  profile: string,
  directory: string,
  build: string,
  formats?: readonly string[],
): BootImage[] {
  const link = path.join(directory, `${profile}_manifest.json`);
  if (!existsSync(link)) {
    throw new UserError(`${profile} has not been built yet: there is no image in ${directory}`, {
      hint: build,
    });
  }
  const manifest = JSON.parse(readFileSync(link, 'utf8')) as ImageManifest & {
    readonly files: readonly { readonly name: string }[];
  };
  const files = manifest.files
    .map(({ name }) => path.join(directory, name))
    .filter((file) => existsSync(file) && isImageFile(file));
  const images = files.map((file) => imageOfFile(file, manifest.settings.arch));
  const disks = images.filter(({ kind }) => kind === 'disk');
  const roots = images.filter(({ kind }) => kind === 'root');
  if (formats === undefined) {
    const makesContainers = manifest.outputs.some((output) => ['lxc', 'tar'].includes(output));
    const found = [...disks.slice(0, 1), ...(makesContainers || disks.length === 0 ? roots : [])];
    if (found.length > 0) return found;
    throw new UserError(`no image of ${profile} can be started: ${manifest.outputs.join(', ')}`);
  }
  return formats.map((format) => {
    const isContainer = ['lxc', 'tar', 'rootfs'].includes(format);
    const image = isContainer ? roots[0] : disks.find((disk) => disk.format === format);
    if (image !== undefined) return image;
    throw new UserError(`${profile} has no image of the format "${format}"`, {
      hint: `it has ${images.map((one) => one.format).join(', ')}; to make it: ${build} --output ${format}`,
    });
  });
}
