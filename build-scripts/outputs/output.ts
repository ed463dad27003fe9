import type { ResolvedProfile } from '../config/resolved-profile.ts';
import type { BuildLog } from '../host/build-log.ts';
import type { WrittenFile } from '../host/write-compressed.ts';

/** A finished file, still under a temporary name. */
export interface Artifact extends Pick<WrittenFile, 'path' | 'bytes'> {
  /** Lower-case hex; undefined for a sparse file too large to be hashed with its holes. */
  readonly sha256: string | undefined;
  /** `rootfs`, `metadata`, …: the part of the published name behind the profile's. */
  readonly name: string;
  /** With its dot: `.tar.zst`. */
  readonly extension: string;
}

export interface OutputContext {
  readonly profile: ResolvedProfile;
  readonly log: BuildLog;
  /** The root file system as a zstd tarball: one for all outputs of a profile. */
  readonly rootfs: Artifact;
  /** Folder for the files of this output, on the file system they are published on. */
  readonly directory: string;
  /** Seconds since 1970. */
  readonly epoch: number;
}

/** One image format. A new one is a file, an entry in index.ts and a test. */
export interface OutputFormat {
  readonly name: string;
  readonly description: string;
  /** Files besides the root file system tarball, which is always published. */
  produce(context: OutputContext): Promise<readonly Artifact[]>;
  /** What a user does next; `files` are the names of the newest files by artifact name. */
  howToUse(profile: ResolvedProfile, files: ReadonlyMap<string, string>): readonly string[];
}
