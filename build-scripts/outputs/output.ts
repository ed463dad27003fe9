import type { ToolRunner } from '../disk/tool-runner.ts';
import type { BuildLog } from '../host/build-log.ts';
import type { WrittenFile } from '../host/write-compressed.ts';

/** A finished file, still under a temporary name. */
export interface Artifact extends Pick<WrittenFile, 'path' | 'bytes'> {
  /** Lower-case hex; undefined for a sparse file too large to be hashed with its holes. */
  readonly sha256: string | undefined;
  /** `rootfs`, `metadata`, `disk`, …: the part of the published name behind the profile's. */
  readonly name: string;
  /** With its dot: `.tar.zst`. Empty for none. */
  readonly extension: string;
}

/** What is known about an image: a profile says it, or tar-to-disk finds it in the root. */
export interface ImageFacts {
  /** `deb12-amd64-kvm` */
  readonly name: string;
  readonly description: string | undefined;
  /** `bookworm`; undefined for what has no number. */
  readonly suite: string | undefined;
  /** `12` */
  readonly version: string | undefined;
  readonly arch: 'amd64' | 'arm64';
  /** Empty without a disk. */
  readonly firmware: readonly ('uefi' | 'bios')[];
  /** Starts where Secure Boot is enforced. */
  readonly secureBoot: boolean;
}

export interface OutputContext {
  readonly image: ImageFacts;
  readonly log: BuildLog;
  /** The root file system as a zstd tarball: one for all outputs of an image. */
  readonly rootfs: Artifact;
  /** The finished raw image, only to be read. Its size in bytes. */
  readonly disk: { readonly path: string; readonly bytes: number } | undefined;
  /** Copies of the newest kernel and its initramfs. */
  readonly boot: { readonly kernel: string; readonly initrd: string } | undefined;
  /** The disk tools; they see `directory` and the disk. Undefined when no format uses tools. */
  readonly tools: ToolRunner | undefined;
  /** Folder for the files of all outputs, on the file system they are published on. */
  readonly directory: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  /** 64 hex digits: public identities follow from it. */
  readonly seed: string;
  /** Files of other formats that an earlier build has made of the same disk. */
  readonly taken?: ReadonlyMap<string, readonly Artifact[]> | undefined;
  readonly onDetail: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** One image format. A new one is a file, an entry in index.ts and a test. */
export interface OutputFormat {
  readonly name: string;
  readonly description: string;
  /** Made of the root file system tarball, or of the raw disk. */
  readonly source: 'rootfs' | 'disk';
  /** Whether it runs a program of the disk tools. */
  readonly usesTools: boolean;
  /** Made as fast as it is copied: there is no use in keeping it. */
  readonly isQuick?: true;
  /** Why there can be no such image, in half a sentence; undefined when there can. */
  readonly refuses?: (image: ImageFacts) => string | undefined;
  /** Files besides the root file system tarball, which is always published. */
  readonly produce: (context: OutputContext) => Promise<readonly Artifact[]>;
  /** What a user does next; `files` are the names of the newest files by {@link fileKey}. */
  readonly howToUse: (image: ImageFacts, files: ReadonlyMap<string, string>) => readonly HowTo[];
}

/** How an image gets onto one target. */
export interface HowTo {
  /** `Proxmox VE`; at most 12 characters. */
  readonly target: string;
  /** What is typed there, line by line; one that goes on begins with two blanks in the next. */
  readonly commands: readonly string[];
}

/** `rootfs.tar.zst`, `disk.qcow2` */
export const fileKey = ({ name, extension }: Pick<Artifact, 'name' | 'extension'>): string =>
  `${name}${extension}`;
