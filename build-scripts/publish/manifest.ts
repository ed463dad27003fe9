import path from 'node:path';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import { formatOrigin, type Origin } from '../config/layers.ts';
import { redact } from '../config/secrets.ts';
import type { InstalledPackage } from '../rootfs/installed-packages.ts';
import type { Artifact } from '../outputs/output.ts';
import { publishedName } from './names.ts';

export interface ManifestInput {
  readonly profile: ResolvedProfile;
  readonly epoch: number;
  readonly packages: readonly InstalledPackage[];
  readonly artifacts: readonly Artifact[];
  /** Program → version. */
  readonly tools: Readonly<Record<string, string | undefined>>;
  readonly warnings: readonly string[];
  /** What stage two did; undefined without a disk. */
  readonly disk?: unknown;
}

/** What went into an image and what came out. Holds no secrets and nothing of the build host. */
export function manifest(input: ManifestInput): Record<string, unknown> {
  const { profile, epoch } = input;
  return {
    schema: 1,
    profile: profile.name,
    description: profile.description,
    built: new Date(epoch * 1000).toISOString(),
    settings: Object.fromEntries(
      Object.entries(profile.settings)
        // The proxy belongs to the build host.
        .filter(([name, { value }]) => name !== 'apt-proxy' && value !== undefined)
        .map(([name, setting]: [string, { value: unknown }]) => [
          name,
          withoutPasswords(
            name === 'repositories' ? withoutKeyPaths(setting.value) : setting.value,
          ),
        ]),
    ),
    collections: profile.collections.map(({ collection }) => collection.name),
    options: Object.fromEntries(
      [...profile.options.values()].map(({ name, declaration, value, origins }) => [
        name,
        {
          value: redact(declaration, value) ?? null,
          origin: origins.map(withoutFolder).map(formatOrigin).join(', '),
        },
      ]),
    ),
    outputs: profile.outputs.value,
    packages: Object.fromEntries(
      input.packages.map(({ name, version, architecture }) => [name, { version, architecture }]),
    ),
    tools: input.tools,
    warnings: input.warnings,
    ...(input.disk === undefined ? {} : { disk: input.disk }),
    files: input.artifacts.map((artifact) => ({
      name: publishedName(profile.name, artifact, epoch),
      bytes: artifact.bytes,
      sha256: artifact.sha256,
    })),
  };
}

/** Paths of the build host do not belong into a manifest. */
function withoutKeyPaths(repositories: unknown): unknown {
  return (repositories as { name: string; uri: string; suite: string }[]).map(
    ({ name, uri, suite }) => ({ name, uri, suite }),
  );
}

/** A profile that lies outside of the project is known by its absolute path. */
function withoutFolder(origin: Origin): Origin {
  const { at } = origin;
  if (at === undefined || !path.isAbsolute(at.file)) return origin;
  return { ...origin, at: { ...at, file: path.basename(at.file) } };
}

/** `https://user:password@host/` → `https://host/`, in apt sources lines too. */
function withoutPasswords(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(/(\w:\/\/)[^/@\s"]*@/g, '$1'));
}
