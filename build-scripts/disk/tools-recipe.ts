import { createHash } from 'node:crypto';

/** The release whose tools are used: the first with mkfs.btrfs 6.14 and mke2fs 1.47.2. */
export const TOOLS_SUITE = 'trixie';

/** What is in the tools tree beside the essential packages. */
export const TOOLS_PACKAGES: readonly string[] = [
  'btrfs-progs',
  'cryptsetup-bin',
  'dosfstools',
  'e2fsprogs',
  'fdisk',
  'lvm2',
  'mdadm',
  'mtools',
  // Image formats.
  'qemu-utils',
  'squashfs-tools',
  'util-linux',
  // Compile same-bits.c; left out of the tarball.
  'libc6-dev',
  'tcc',
];

/** Never unpacked. */
const EXCLUDED_PATHS = [
  '/usr/share/doc/*',
  '/usr/share/info/*',
  '/usr/share/locale/*',
  '/usr/share/man/*',
  '/usr/lib/udev/hwdb.d/*',
];

/** Only needed while the tree is made; patterns of GNU tar. */
export const LEFT_OUT: readonly string[] = [
  './dev/*',
  './usr/include',
  './usr/lib/*.a',
  './usr/lib/*/tcc',
  './usr/lib/udev/hwdb.bin',
  './var/cache/*',
  './var/lib/apt/*',
  './var/log/*',
];

/** Where the tools tree has the library made of same-bits.c. */
export const SAME_BITS_LIBRARY = '/usr/lib/same-bits.so';

export interface ToolsSource {
  /** Debian architecture of this machine. */
  readonly arch: string;
  /** Mirror or apt sources lines; empty: mmdebstrap's own. */
  readonly mirror?: readonly string[] | undefined;
}

/** The mmdebstrap command that makes the tree. Recommended packages stay away: it is for files. */
export function toolsCommand(source: ToolsSource, root: string): string[] {
  return [
    'mmdebstrap',
    // The sandbox is root already, in a user namespace or for real.
    '--mode=root',
    '--format=directory',
    '--variant=essential',
    `--architectures=${source.arch}`,
    `--include=${TOOLS_PACKAGES.join(',')}`,
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Retries "2"',
    '--dpkgopt=force-unsafe-io',
    ...EXCLUDED_PATHS.map((path) => `--dpkgopt=path-exclude=${path}`),
    TOOLS_SUITE,
    root,
    ...(source.mirror ?? []),
  ];
}

/**
 * Name of the cached tarball: a function of everything that goes into the tree but the state of
 * the archive. A cached tree is used until its recipe changes or somebody removes it.
 * @param library text of same-bits.c
 */
export function toolsName(source: ToolsSource, library: string): string {
  const recipe = JSON.stringify([toolsCommand(source, ''), LEFT_OUT, library]);
  const digest = createHash('sha256').update(recipe).digest('hex');
  return `${TOOLS_SUITE}-${source.arch}-${digest.slice(0, 16)}.tar.zst`;
}
