import type { ImageRoot } from '../image-root.ts';
import { copyGrubModules, makeGrubImage } from './grub-image.ts';
import { embeddedStub, grubStub } from './grub-config.ts';

/** Names that depend on the architecture: UEFI specification 2.10, section 3.5.1.1. */
export const EFI_ARCHITECTURES = {
  amd64: { format: 'x86_64-efi', suffix: 'x64' },
  arm64: { format: 'arm64-efi', suffix: 'aa64' },
} as const;
export type EfiArchitecture = keyof typeof EFI_ARCHITECTURES;

/** What grub.cfg, ours or update-grub's, uses; a subset of what Debian's signed GRUB has. */
const MODULES = [
  ...['normal', 'configfile', 'linux', 'boot', 'chain', 'gzio'],
  ...['search', 'search_fs_uuid', 'search_fs_file', 'search_label', 'probe', 'regexp', 'test'],
  ...['part_gpt', 'part_msdos', 'fat', 'ext2', 'btrfs', 'diskfilter', 'mdraid1x', 'lvm'],
  ...['all_video', 'font', 'gfxterm', 'gettext', 'terminal', 'terminfo', 'serial'],
  ...['echo', 'cat', 'ls', 'help', 'minicmd', 'sleep', 'true', 'loadenv', 'keystatus'],
  ...['reboot', 'halt', 'efifwsetup'],
];

/** Where the firmware looks on any machine, and where Debian's packages keep their own. */
const REMOVABLE = 'EFI/BOOT';
const VENDOR = 'EFI/debian';

export interface UefiRequest {
  readonly root: ImageRoot;
  readonly arch: EfiArchitecture;
  /** Where the ESP is mounted; its files are put there. */
  readonly esp: string;
  /** UUID of the file system with /boot, and /boot as GRUB names it there. */
  readonly boot: { readonly uuid: string; readonly path: string };
  /** Whether the files of Debian's signed packages are there. */
  readonly signed: boolean;
}

/** The files that Secure Boot needs, and the packages that have them. */
export function signedFiles(arch: EfiArchitecture): readonly { file: string; package: string }[] {
  const { format, suffix } = EFI_ARCHITECTURES[arch];
  return [
    { file: `/usr/lib/shim/shim${suffix}.efi.signed`, package: 'shim-signed' },
    {
      file: `/usr/lib/grub/${format}-signed/grub${suffix}.efi.signed`,
      package: `grub-efi-${arch}-signed`,
    },
  ];
}

const COPY = `set -eu
while [ $# -gt 0 ]; do
  case $1 in
    optional) [ -e "$2" ] || { shift 3; continue; } ;;
  esac
  mkdir -p -- "\${3%/*}"
  cp -L -- "$2" "$3"
  shift 3
done`;

/**
 * Puts GRUB on the ESP, at the removable path and in EFI/debian: through Debian's signed shim when
 * the image has it, else an image made here. Both read EFI/debian/grub.cfg.
 */
export async function installUefi(request: UefiRequest): Promise<void> {
  const { root, arch, esp, boot, signed } = request;
  const { format, suffix } = EFI_ARCHITECTURES[arch];
  // EFI/BOOT/BOOTX64.EFI
  const removable = `${esp}/${REMOVABLE}/BOOT${suffix.toUpperCase()}.EFI`;
  const grub = `grub${suffix}.efi`;
  const vendor = `${esp}/${VENDOR}`;
  await root.write(`${vendor}/grub.cfg`, grubStub(boot.uuid, boot.path), '600');

  if (signed) {
    const [shim = '', signedGrub = ''] = signedFiles(arch).map(({ file }) => file);
    // MokManager, and the entry that fallback would make; both are no condition for booting.
    const manager = `/usr/lib/shim/mm${suffix}.efi.signed`;
    const csv = `BOOT${suffix.toUpperCase()}.CSV`;
    const copies = [
      ['needed', shim, removable],
      ['needed', signedGrub, `${esp}/${REMOVABLE}/${grub}`],
      ['optional', manager, `${esp}/${REMOVABLE}/mm${suffix}.efi`],
      ['needed', shim, `${vendor}/shim${suffix}.efi`],
      ['needed', signedGrub, `${vendor}/${grub}`],
      ['optional', manager, `${vendor}/mm${suffix}.efi`],
      ['optional', `/usr/lib/shim/${csv}`, `${vendor}/${csv}`],
    ];
    await root.script(COPY, copies.flat());
  } else {
    await makeGrubImage(root, {
      format,
      modules: MODULES,
      prefix: `/${VENDOR}`,
      // And by UUID: the device it was loaded from need not be the ESP.
      early: embeddedStub(boot.uuid, boot.path),
      target: `${vendor}/${grub}`,
    });
    await root.script(COPY, ['needed', `${vendor}/${grub}`, removable]);
  }
  await copyGrubModules(root, format);
}
