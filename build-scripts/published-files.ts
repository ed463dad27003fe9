import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ComposeResult } from './composition.ts';
import type { ResolvedProfile } from './config/resolved-profile.ts';
import { diskSection } from './disk-section.ts';
import { hashFile } from './host/hash-file.ts';
import { toolVersion } from './host/tools.ts';
import type { Artifact } from './outputs/output.ts';
import { manifest } from './publish/manifest.ts';
import type { InstalledPackage } from './rootfs/installed-packages.ts';

/** The layout as `tar-to-disk -C` reads it. */
export async function diskLayout({ disk }: ResolvedProfile, folder: string): Promise<Artifact[]> {
  if (disk === undefined) return [];
  const file = path.join(folder, 'layout.yml');
  await writeFile(file, disk.text);
  return [{ name: 'disk', extension: '.yml', ...(await hashFile(file)) }];
}

/** What was built, from what, with what. */
export async function writeManifest(
  { profile, epoch }: { readonly profile: ResolvedProfile; readonly epoch: number },
  directory: string,
  packages: readonly InstalledPackage[],
  artifacts: readonly Artifact[],
  warnings: readonly string[],
  composed: ComposeResult | undefined,
): Promise<Artifact> {
  const [mmdebstrap, tar, apt] = await Promise.all(
    ['mmdebstrap', 'tar', 'apt-get'].map(toolVersion),
  );
  const content = manifest({
    profile,
    epoch,
    packages,
    artifacts,
    tools: { node: process.versions.node, mmdebstrap, tar, apt },
    warnings,
    disk: composed && diskSection(composed),
  });
  const file = path.join(directory, 'manifest.json');
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
  return { name: 'manifest', extension: '.json', ...(await hashFile(file)) };
}
