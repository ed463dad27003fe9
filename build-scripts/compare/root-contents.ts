/** What is compared of a file. Times are not: those of a build differ in every build. */
export interface RootEntry {
  readonly type: EntryType;
  /** Permission bits, 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** SHA-256 of a file. */
  readonly sha256?: string;
  /** Where a symlink leads. */
  readonly target?: string;
  /** `MAJOR:MINOR` of a device node. */
  readonly device?: string;
  /** How many names the file has; 1 unless there are hard links. */
  readonly links: number;
  /** Extended attributes and ACLs: name → value as people write it, or hexadecimal. */
  readonly attributes: Readonly<Record<string, string>>;
}

export type EntryType =
  'file' | 'directory' | 'symlink' | 'character device' | 'block device' | 'FIFO' | 'unknown';

export interface PackageInfo {
  readonly version: string;
  readonly architecture: string;
  /** Bytes, as dpkg estimates it; undefined when only the manifest is at hand. */
  readonly installedSize?: number | undefined;
}

/** A root file system, as its tarball has it. */
export interface RootContents {
  /** Path without `/` in front → entry; the top folder has the empty path. */
  readonly entries: ReadonlyMap<string, RootEntry>;
  /** What dpkg says is installed. */
  readonly packages: ReadonlyMap<string, PackageInfo>;
  /** The package that a path belongs to; of several the first by name. */
  readonly ownerOf: (path: string) => string | undefined;
}
