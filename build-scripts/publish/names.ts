import type { Artifact } from '../outputs/output.ts';

/** `deb12-amd64-lxc_rootfs_2026-11-20_1795129200.tar.zst`; the date is UTC, the stamp seconds since 1970. */
export function publishedName(
  profile: string,
  artifact: Pick<Artifact, 'name' | 'extension'>,
  epoch: number,
): string {
  const date = new Date(epoch * 1000).toISOString().slice(0, 10);
  return `${profile}_${artifact.name}_${date}_${epoch}${artifact.extension}`;
}

/** The symlink that always leads to the newest file: `deb12-amd64-lxc_rootfs.tar.zst`. */
export function linkName(profile: string, artifact: Pick<Artifact, 'name' | 'extension'>): string {
  return `${profile}_${artifact.name}${artifact.extension}`;
}

/** Published files of a profile as they appear in its folder. */
export interface PublishedFileName {
  readonly file: string;
  readonly artifact: string;
  readonly epoch: number;
}

/** Reads {@link publishedName} back; undefined for anything else. */
export function parsePublishedName(profile: string, file: string): PublishedFileName | undefined {
  if (!file.startsWith(`${profile}_`)) return undefined;
  const match = /^([a-z0-9-]+)_\d{4}-\d{2}-\d{2}_(\d+)(?:\.[a-z0-9.]+)?$/.exec(
    file.slice(profile.length + 1),
  );
  if (match === null) return undefined;
  return { file, artifact: match[1] ?? '', epoch: Number(match[2]) };
}
