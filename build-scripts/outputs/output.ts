import type { ToolRunner } from '../disk/tool-runner.ts';
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

/** What is known about the image; a profile gives it, or tar-to-disk finds it in the tarball. */
export interface ImageFacts {
  readonly name: string;
  readonly description: string | undefined;
  readonly suite: string | undefined;
  readonly version: string | undefined;
  readonly arch: 'amd64' | 'arm64';
  /** Empty without a disk. */
  readonly firmware: readonly ('uefi' | 'bios')[];
}

export interface OutputContext {
  readonly image: ImageFacts;
  readonly log: BuildLog;
  readonly rootfs: Artifact;
  readonly disk: { readonly path: string; readonly bytes: number } | undefined;
  readonly boot: { readonly kernel: string; readonly initrd: string } | undefined;
  readonly tools: ToolRunner | undefined;
  readonly directory: string;
  readonly epoch: number;
  readonly seed: string;
  readonly onDetail: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface OutputFormat {
  readonly name: string;
  readonly description: string;
  readonly source: 'rootfs' | 'disk';
  readonly usesTools: boolean;
  refuses?(image: ImageFacts): string | undefined;
  produce(context: OutputContext): Promise<readonly Artifact[]>;
  howToUse(image: ImageFacts, files: ReadonlyMap<string, string>): readonly string[];
}
