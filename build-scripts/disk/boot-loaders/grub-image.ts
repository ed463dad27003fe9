import type { ImageRoot } from '../image-root.ts';

/** grub-mkimage wants files that it can measure and sync, so they are files of the image. */
const MAKE = `set -eu
directory=$(mktemp -d)
trap 'rm -rf -- "$directory"' EXIT
cat >"$directory/early.cfg"
target=$1
shift
grub-mkimage --config="$directory/early.cfg" --output="$directory/core" "$@"
mkdir -p -- "\${target%/*}"
rm -f -- "$target"
cp -- "$directory/core" "$target"`;

export interface GrubImage {
  /** `x86_64-efi`, `arm64-efi`, `i386-pc` */
  readonly format: string;
  readonly modules: readonly string[];
  /** Where GRUB looks for its files when the commands below do not say. */
  readonly prefix: string;
  /** Commands that run first. */
  readonly early: string;
  /** Where to put it, in the image. */
  readonly target: string;
}

/** Makes a GRUB of the image's own grub-mkimage and modules, which always fit each other. */
export async function makeGrubImage(root: ImageRoot, image: GrubImage): Promise<void> {
  const { format, modules, prefix, early, target } = image;
  await root.script(
    MAKE,
    [target, `--format=${format}`, `--prefix=${prefix}`, ...new Set(modules)],
    { input: early, logCommand: ['chroot', root.path, 'grub-mkimage', '-O', format, '-o', target] },
  );
}

const COPY_MODULES = `set -eu
from=/usr/lib/grub/$1
to=/boot/grub/$1
rm -rf -- "$to"
mkdir -p -- "$to" /boot/grub/fonts
cp -p -- "$from"/*.mod "$from"/*.lst "$to"
if [ -e /usr/share/grub/unicode.pf2 ]; then cp -p -- /usr/share/grub/unicode.pf2 /boot/grub/fonts; fi`;

/** Copies what grub.cfg may load to where grub-install would, for the one of update-grub. */
export async function copyGrubModules(root: ImageRoot, format: string): Promise<void> {
  await root.script(COPY_MODULES, [format]);
}
