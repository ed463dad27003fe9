import { mountAbove } from './plan/walk.ts';

/** One entry of a root: of a directory tree or of a tarball. */
export interface ContentEntry {
  /** Absolute, in the root. */
  readonly path: string;
  /** Bytes; 0 for anything but files. */
  readonly size: number;
}

/** File systems store whole blocks of this size, bytes. */
const BLOCK = 4096;

/**
 * Adds up what the file systems of a layout have to take.
 *
 * @param mounts the mount points of the layout
 * @returns bytes by mount point, each without what others hold; every entry takes at least a block
 */
export function contentMeter(mounts: readonly string[]): {
  add(entry: ContentEntry): void;
  readonly contents: Readonly<Record<string, number>>;
} {
  const contents: Record<string, number> = Object.fromEntries(mounts.map((mount) => [mount, 0]));
  // Most entries share their folder with the one before.
  let folder = '';
  let mountOfFolder: string | undefined;
  return {
    contents,
    add({ path, size }) {
      const parent = path.slice(0, Math.max(1, path.lastIndexOf('/')));
      if (parent !== folder) {
        folder = parent;
        mountOfFolder = mountAbove(parent, mounts);
      }
      const mount = mounts.includes(path) ? path : mountOfFolder;
      if (mount === undefined) return;
      contents[mount] = (contents[mount] ?? 0) + Math.max(BLOCK, Math.ceil(size / BLOCK) * BLOCK);
    },
  };
}
