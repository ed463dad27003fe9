import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { manifestSchema, type ManifestData } from '../compare/manifest-schema.ts';
import { ConfigError, DiagnosticList } from '../config/diagnostics.ts';
import { loadProfileChain, profileName } from '../config/load-profile.ts';
import { UserError } from '../host/errors.ts';
import { parsePublishedName } from '../publish/names.ts';
import { artifactName } from '../compare/compare-images.ts';
import { outputRoot, pathsOf, type CommonArguments } from './common.ts';

/** One of the two images that are compared. */
export interface Compared {
  /** As it was given. */
  readonly given: string;
  /** Of the profile, or the name of the tarball. */
  readonly name: string;
  /** The file that stands for it: its manifest, or the tarball. */
  readonly file: string;
  /** Undefined for a tarball that has none beside it. */
  readonly manifest: ManifestData | undefined;
  /** The root file system, where it is or should be; undefined when none was published. */
  readonly tarball: string | undefined;
  /** What the manifest says of it. */
  readonly tarballSha256: string | undefined;
}

export type FindArguments = CommonArguments & { readonly outputDir?: string | undefined };

const TARBALL = /\.tar(\.zst)?$/;

/**
 * The image that an argument means: a manifest, a tarball, another published file, a folder of
 * images, or a profile. `@1` behind a folder or a profile is the build before the newest one.
 * @throws UserError, ConfigError
 */
export function findCompared(given: string, args: FindArguments): Compared {
  const stats = statSync(given, { throwIfNoEntry: false });
  if (stats?.isFile() === true && !/\.ya?ml$/.test(given)) return ofFile(given);
  const [, target = given, number = '0'] = /^(.+)@(\d+)$/.exec(given) ?? [];
  const folder = folderOf(target, args);
  const manifest = folder.manifests[Number(number)];
  if (manifest !== undefined) return ofManifest(given, path.join(folder.path, manifest));
  if (folder.manifests.length > 0) {
    const there =
      folder.manifests.length === 1 ? 'is 1 build' : `are ${folder.manifests.length} builds`;
    throw new UserError(`there is no ${given}: in ${folder.path} ${there}`, {
      hint:
        folder.manifests.length === 1
          ? 'build it again, to have two that can be compared'
          : `${target} is the newest, ${target}@1 the one before, and so on`,
    });
  }
  if (stats?.isDirectory() === true)
    throw new UserError(`there is no image in the folder ${given}`);
  if (looksLikeFile(target)) throw new UserError(`there is no file ${given}`);
  requireProfile(target, args);
  throw new UserError(
    `${folder.name} has not been built yet: there is no image in ${folder.path}`,
    {
      hint: `./mkimage ${target}`,
    },
  );
}

const looksLikeFile = (given: string): boolean =>
  TARBALL.test(given) || /\.(json|raw|qcow2)$/.test(given);

/** @throws ConfigError, with the profiles that may have been meant */
function requireProfile(name: string, args: FindArguments): void {
  const mistakes = new DiagnosticList();
  if (loadProfileChain(name, pathsOf(args), mistakes).length === 0)
    throw ConfigError.of(mistakes.items);
}

interface Folder {
  readonly path: string;
  readonly name: string;
  /** The newest one first. */
  readonly manifests: readonly string[];
}

/** A folder with images, or that of a profile below `obj/`, be the profile still there or not. */
function folderOf(target: string, args: FindArguments): Folder {
  const name = profileName(path.resolve(target));
  const own = { path: target, name, manifests: manifestsIn(target, name) };
  if (own.manifests.length > 0) return own;
  const directory = path.join(outputRoot(args.outputDir), name);
  return { path: directory, name, manifests: manifestsIn(directory, name) };
}

/** Newest by time of the build, but that one first which the symlink calls the newest. */
function manifestsIn(directory: string, profile: string): string[] {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const link = path.join(directory, `${profile}_manifest.json`);
  const newest = existsSync(link) ? path.basename(realpathSync(link)) : undefined;
  return readdirSync(directory)
    .map((name) => parsePublishedName(profile, name))
    .filter((name) => name?.artifact === 'manifest')
    .sort((a, b) => (b?.epoch ?? 0) - (a?.epoch ?? 0))
    .flatMap((name) => name?.file ?? [])
    .sort((a, b) => Number(b === newest) - Number(a === newest));
}

/** Any published file stands for its image, if the manifest is beside it. */
function ofFile(given: string): Compared {
  const file = realpathSync(given);
  if (file.endsWith('.json')) return ofManifest(given, file);
  const manifest = manifestBeside(file);
  if (manifest !== undefined) return { ...ofManifest(given, manifest), file };
  if (!TARBALL.test(file)) {
    throw new UserError(`${given} is no image that can be compared`, {
      hint: 'a profile, a manifest (.json) or a root file system (.tar.zst, .tar); of other formats, only with the manifest of the build beside them',
    });
  }
  return {
    given,
    name: path.basename(given),
    file,
    manifest: undefined,
    tarball: file,
    tarballSha256: undefined,
  };
}

/** `NAME_disk_DATE_STAMP.qcow2` has its manifest in `NAME_manifest_DATE_STAMP.json`. */
function manifestBeside(file: string): string | undefined {
  const parts = /^(.+)_[a-z0-9-]+_(\d{4}-\d\d-\d\d_\d+)(?:\.|$)/.exec(path.basename(file));
  if (parts === null) return undefined;
  const [, name = '', stamp = ''] = parts;
  const manifest = path.join(path.dirname(file), `${name}_manifest_${stamp}.json`);
  return existsSync(manifest) ? manifest : undefined;
}

function ofManifest(given: string, file: string): Compared {
  const manifest = readManifest(file);
  const root = manifest.files.find(({ name }) =>
    artifactName(manifest.profile, name).startsWith('rootfs.tar'),
  );
  return {
    given,
    name: manifest.profile,
    file,
    manifest,
    tarball: root && path.join(path.dirname(realpathSync(file)), path.basename(root.name)),
    tarballSha256: root?.sha256,
  };
}

/** @throws UserError when it is none */
function readManifest(file: string): ManifestData {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(`${file} can not be read as a manifest: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const parsed = manifestSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const keys = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  if ('tarball' in keys && 'disk' in keys) {
    throw new UserError(`${file} is the manifest of a disk that tar-to-disk made`, {
      hint: `compare the tarball it was made of, ${String(keys.tarball)}`,
    });
  }
  const [issue] = parsed.error.issues;
  const where =
    issue === undefined ? '' : `: ${issue.path.join('.') || 'the whole'}: ${issue.message}`;
  throw new UserError(`${file} is no manifest of an image${where}`, {
    hint: 'mkimage writes them as PROFILE_manifest.json beside the image',
  });
}
