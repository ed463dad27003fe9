import type { DiskFile } from '../../config/disk-schema.ts';
import type { YamlDocument, YamlPath } from '../../config/yaml-source.ts';

export interface PlanInput {
  readonly disk: DiskFile;
  /** Where the layout was read from, for messages; undefined for a built-in one. */
  readonly document?: YamlDocument | undefined;
  /** Where in the document the layout stands, when it is part of a profile. */
  readonly documentPath?: YamlPath | undefined;
  /** Absolute; passphrase and key files are relative to it. */
  readonly folder: string;
  /**
   * Bytes of content by directory, each without what other entries hold: what the file systems
   * mounted there have to take, files rounded up to 4 KiB. Directories that are no mount points
   * count for the mount point above them. Nothing is known about absent ones.
   */
  readonly contents: Readonly<Record<string, number>>;
  /** Public. Makes the identities. */
  readonly seed: string;
}
