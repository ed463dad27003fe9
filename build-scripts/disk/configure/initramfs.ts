import { UserError } from '../../host/errors.ts';
import type { DiskPlan } from '../disk-plan.ts';
import type { ImageRoot } from '../image-root.ts';
import { nodesOf } from '../plan/plan-nodes.ts';
import type { InitramfsCache } from './initramfs-cache.ts';
import type { RootFacts } from './inspect-root.ts';

interface SettingsFile {
  readonly file: string;
  readonly text: string;
  /** Whether to leave a file alone that the image already has, by its text; by default not. */
  readonly keeps?: (present: string) => boolean;
}

const HEADER = '# Written when this disk image was made.\n';

/** The settings of initramfs-tools that a disk needs. */
export function initramfsSettings(plan: DiskPlan, facts: RootFacts): SettingsFile[] {
  const hasLuks = nodesOf(plan).some(({ type }) => type === 'luks');
  const hasZstd = facts.files.has('/usr/bin/zstd');
  const conf = '/etc/initramfs-tools/conf.d';
  return [
    // The image never slept: without this the first boot waits for a swap to resume from.
    {
      file: `${conf}/resume`,
      text: 'RESUME=none\n',
      keeps: (present) => !resumesElsewhere(present, plan),
    },
    // First in the order, so that any other file there has the last word.
    ...(hasZstd ? [{ file: `${conf}/00-disk-image`, text: `${HEADER}COMPRESS=zstd\n` }] : []),
    // In the chroot its hook cannot see by itself that the root lies in LUKS.
    ...(hasLuks
      ? [
          {
            file: '/etc/cryptsetup-initramfs/conf-hook',
            text: `${HEADER}CRYPTSETUP=y\n`,
          },
        ]
      : []),
  ];
}

/** A device, not `none` or `auto`. */
const RESUME_DEVICE = /^[ \t]*RESUME=["']?(?!none\b|auto\b)[^\s"'#]/m;

/**
 * Whether a resume file names a device that another machine had: without a swap there is nothing to
 * resume from, but a file on a file system of this disk.
 */
function resumesElsewhere(present: string, plan: DiskPlan): boolean {
  const nodes = nodesOf(plan);
  if (nodes.some(({ type }) => type === 'swap')) return false;
  const isHere = nodes.some((node) => 'uuid' in node && present.includes(node.uuid));
  return !isHere && RESUME_DEVICE.test(present);
}

/** Prints something for every name that is taken. */
const READ = '[ -e "$1" ] || exit 0; echo "# $1"; [ ! -f "$1" ] || cat -- "$1"';

export async function writeInitramfsSettings(
  root: ImageRoot,
  plan: DiskPlan,
  facts: RootFacts,
): Promise<void> {
  for (const { file, text, keeps } of initramfsSettings(plan, facts)) {
    if (keeps !== undefined) {
      const { stdout } = await root.script(READ, [file]);
      if (stdout !== '' && keeps(stdout)) continue;
    }
    await root.write(file, text);
  }
}

/**
 * A new one, whatever there was: update-initramfs leaves one alone that it does not remember, and
 * makes none with -u where a build held it back. mkinitramfs works in /var/tmp, whose time is put back:
 * an image with an initramfs from the cache is the same.
 */
const MAKE = `set -eu
rm -f -- "/boot/initrd.img-$1" "/boot/initrd.img-$1.dpkg-bak" "/var/lib/initramfs-tools/$1"
time=$(stat -c %y /var/tmp)
update-initramfs -c -k "$1"
touch -m -d "$time" /var/tmp
[ -s "/boot/initrd.img-$1" ] || { echo "update-initramfs made no /boot/initrd.img-$1" >&2; exit 1; }`;

/**
 * Makes the initramfs of each kernel, once.
 * @throws CommandError; UserError for a kernel without modules
 */
export async function makeInitramfs(
  root: ImageRoot,
  kernels: readonly string[],
  onDetail: (text: string) => void,
  cache?: InitramfsCache,
): Promise<void> {
  for (const kernel of kernels) {
    onDetail(`initramfs for ${kernel}`);
    const { stdout } = await root.script('[ -d "/lib/modules/$1" ] && echo yes || :', [kernel]);
    if (stdout === '') {
      throw new UserError(
        `the kernel ${kernel} in /boot of the image has no /lib/modules/${kernel}`,
      );
    }
    const make = async (): Promise<void> => {
      await root.script(MAKE, [kernel], {
        capture: false,
        logCommand: ['chroot', root.path, 'update-initramfs', '-c', '-k', kernel],
      });
    };
    if (cache === undefined) {
      await make();
      continue;
    }
    const key = await cache.key(kernel);
    if (await cache.take(key, kernel)) onDetail(`initramfs for ${kernel}: from the cache`);
    else await cache.make(key, kernel, make);
  }
}
