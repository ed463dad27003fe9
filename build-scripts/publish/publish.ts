import { chmod, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { giveToCaller } from '../host/file-owner.ts';
import type { Artifact } from '../outputs/output.ts';
import { linkName, publishedName } from './names.ts';

export interface Published {
  readonly artifact: Artifact;
  readonly path: string;
  /** The symlink to it. */
  readonly link: string;
}

/** One file per folder that lists the checksums of all images in it, for `sha256sum -c`. */
export const CHECKSUMS = 'SHA256SUMS';

/**
 * Gives finished files their published names. Each one appears whole or not at all: they lie on the
 * same file system already and are renamed; the symlinks follow once all files are there.
 */
export async function publish(
  profile: string,
  directory: string,
  artifacts: readonly Artifact[],
  epoch: number,
): Promise<Published[]> {
  const published: Published[] = [];
  for (const artifact of artifacts) {
    const target = path.join(directory, publishedName(profile, artifact, epoch));
    await chmod(artifact.path, 0o644);
    await giveToCaller(artifact.path);
    await rename(artifact.path, target);
    published.push({
      artifact,
      path: target,
      link: path.join(directory, linkName(profile, artifact)),
    });
  }
  for (const { path: target, link } of published) {
    const temporary = `${link}.new`;
    await rm(temporary, { force: true });
    await symlink(path.basename(target), temporary);
    await giveToCaller(temporary);
    await rename(temporary, link);
  }
  await updateChecksums(directory, published);
  return published;
}

/** Takes out what is no longer there, and the whole file when nothing is left. */
export async function updateChecksums(
  directory: string,
  published: readonly Published[] = [],
): Promise<void> {
  const file = path.join(directory, CHECKSUMS);
  const sums = new Map<string, string>();
  for (const line of (await readFile(file, 'utf8').catch(() => '')).split('\n')) {
    const [sum, name] = line.split('  ');
    if (sum !== undefined && name !== undefined) sums.set(name, sum);
  }
  for (const { artifact, path: target } of published) {
    if (artifact.sha256 === undefined) sums.delete(path.basename(target));
    else sums.set(path.basename(target), artifact.sha256);
  }
  const present = new Set(await readdir(directory));
  const lines = [...sums]
    .filter(([name]) => present.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sum]) => `${sum}  ${name}\n`);
  if (lines.length === 0) {
    await rm(file, { force: true });
    return;
  }
  await writeFile(`${file}.new`, lines.join(''));
  await giveToCaller(`${file}.new`);
  await rename(`${file}.new`, file);
}
