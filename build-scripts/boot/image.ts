import type { Architecture } from '../config/settings.ts';
import type { Firmware } from './firmware.ts';

/** A disk image that a machine can be started from, or a root file system for a container. */
export interface BootImage {
  /** For people: the profile's or the file's name. */
  readonly name: string;
  /** Absolute path of the file as it was given or published. */
  readonly file: string;
  /** As mkimage calls it: `qcow2`, `ova`, `lxc`, … */
  readonly format: string;
  readonly kind: 'disk' | 'root';
  readonly arch: Architecture;
  /** What a disk can be started with, best proof first. Empty for a root. */
  readonly firmware: readonly Firmware[];
  /** What the disk was composed of; undefined for roots and foreign files. */
  readonly disk: DiskFacts | undefined;
  /** What the root was built of; undefined for foreign files and those of tar-to-disk alone. */
  readonly manifest: ImageManifest | undefined;
}

/** Whether a layer (`luks`, `raid1`, …) is anywhere in the plan of the disk. */
export function hasLayer({ disk }: BootImage, type: string): boolean {
  return JSON.stringify(disk?.plan ?? {}).includes(`"type":"${type}"`);
}

export interface FileSystem {
  readonly type: string;
  /** Where it is mounted, its subvolumes too. */
  readonly mounts: readonly string[];
}

/** Those in the plan of the disk, wherever they lie; none where there is no plan. */
export function fileSystemsOf({ disk }: BootImage): FileSystem[] {
  const found: FileSystem[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, mount, subvolumes } = node as PlannedNode;
    if (type !== undefined && ['ext4', 'btrfs', 'vfat'].includes(type)) {
      const mounts = [mount, ...(subvolumes ?? []).map((subvolume) => subvolume.mount)];
      found.push({ type, mounts: mounts.filter((place) => place !== undefined) });
    }
    Object.values(node).forEach(walk);
  };
  walk(disk?.plan);
  return found;
}

interface PlannedNode {
  readonly type?: string;
  readonly mount?: string;
  readonly subvolumes?: readonly { readonly mount?: string }[];
}

/** What the boot commands read of a manifest's section about the disk. */
export interface DiskFacts {
  readonly secureBoot: boolean;
  readonly plan: { readonly firmware: readonly ('uefi' | 'bios')[] };
}

/** What the boot commands read of a manifest. */
export interface ImageManifest {
  readonly profile: string;
  readonly settings: { readonly suite: string; readonly arch: Architecture };
  readonly collections: readonly string[];
  readonly options: Readonly<Record<string, { readonly value: unknown }>>;
  readonly outputs: readonly string[];
  readonly packages: Readonly<Record<string, { readonly version: string }>>;
  readonly disk?: DiskFacts;
}
