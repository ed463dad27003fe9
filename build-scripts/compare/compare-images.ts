import { compareDisks } from './compare-disks.ts';
import { compareFiles, type FileChange } from './compare-files.ts';
import { comparePackages, installedSize, type PackageChange } from './compare-packages.ts';
import {
  compareLists,
  compareOptions,
  compareSettings,
  type ListChange,
  type OptionChange,
  type ValueChange,
} from './compare-values.ts';
import type { ManifestData } from './manifest-schema.ts';
import type { PackageInfo, RootContents } from './root-contents.ts';

/** What is known about one of two images. */
export interface ImageSide {
  /** Undefined for a tarball that has none beside it. */
  readonly manifest: ManifestData | undefined;
  /** Undefined when the tarball is not at hand, or need not be read. */
  readonly root: RootContents | undefined;
  /** SHA-256 of the tarball: of the file, or as the manifest says; undefined when nobody knows. */
  readonly rootSha256: string | undefined;
}

/** A published file of either image, named without profile and time: `rootfs.tar.zst`. */
export interface ArtifactChange {
  readonly name: string;
  readonly a?: { readonly bytes: number; readonly sha256?: string | undefined } | undefined;
  readonly b?: { readonly bytes: number; readonly sha256?: string | undefined } | undefined;
}

/** Bytes before and after. */
export interface SizeChange {
  readonly name: string;
  readonly a: number;
  readonly b: number;
}

export interface ImageComparison {
  /** Nothing that counts is different. Tools, warnings and times do not count. */
  readonly equal: boolean;
  /** They were built with the same SOURCE_DATE_EPOCH, and differ in nothing but bits. */
  readonly onlyBits: boolean;
  /** Undefined when there is no manifest on one side, as for the next four. */
  readonly settings: readonly ValueChange[] | undefined;
  readonly collections: ListChange | undefined;
  readonly outputs: ListChange | undefined;
  readonly options: readonly OptionChange[] | undefined;
  readonly disk: readonly ValueChange[] | undefined;
  readonly packages: readonly PackageChange[];
  /** Undefined when a tarball is missing on one side; empty when both are the same, too. */
  readonly files: readonly FileChange[] | undefined;
  /** Whether the root tarballs are the same bit by bit; undefined when nobody knows. */
  readonly sameRoot: boolean | undefined;
  /** Published files whose bits differ, or that only one image has. */
  readonly artifacts: readonly ArtifactChange[];
  readonly sizes: readonly SizeChange[];
  /** Programs of the machine that built: name, versions. */
  readonly tools: readonly ValueChange[];
  readonly warnings: ListChange;
  /** Built with the same SOURCE_DATE_EPOCH: then bits that differ count. */
  readonly sameTime: boolean;
}

export function compareImages(a: ImageSide, b: ImageSide): ImageComparison {
  const both = a.manifest && b.manifest ? { a: a.manifest, b: b.manifest } : undefined;
  const sameRoot =
    a.rootSha256 === undefined || b.rootSha256 === undefined
      ? undefined
      : a.rootSha256 === b.rootSha256;
  const settings = both && compareSettings(both.a.settings, both.b.settings);
  const collections = both && compareLists(both.a.collections, both.b.collections);
  const outputs = both && compareLists(both.a.outputs, both.b.outputs);
  const options = both && compareOptions(both.a.options, both.b.options);
  const disk = both && compareDisks(both.a.disk, both.b.disk);
  // The same bits hold the same packages; then neither root was read.
  const packages = sameRoot === true ? [] : comparePackages(packagesOf(a, b), packagesOf(b, a));
  const files = sameRoot === true ? [] : a.root && b.root && compareFiles(a.root, b.root);
  const artifacts = both ? compareArtifacts(both.a, both.b) : [];
  const sameTime = both?.a.built === both?.b.built && both !== undefined;
  const counted = [
    settings?.length,
    options?.length,
    disk?.length,
    packages.length,
    files?.length,
    listChanges(collections),
    listChanges(outputs),
    // Which files differ is not known: that they do is enough.
    files === undefined && sameRoot === false ? 1 : 0,
    artifacts.filter((change) => !change.a || !change.b).length,
  ];
  const differs = counted.some((count) => (count ?? 0) > 0);
  const onlyBits = !differs && sameTime && artifacts.length > 0;
  return {
    equal: !differs && !onlyBits,
    onlyBits,
    settings,
    collections,
    outputs,
    options,
    disk,
    packages,
    files,
    sameRoot,
    artifacts,
    sizes: compareSizes(a, b, both),
    tools: both ? compareSettings(both.a.tools, both.b.tools) : [],
    warnings: compareLists(both?.a.warnings ?? [], both?.b.warnings ?? []),
    sameTime,
  };
}

const listChanges = (list: ListChange | undefined): number =>
  list === undefined ? 0 : list.added.length + list.removed.length + (list.reordered ? 1 : 0);

/** dpkg's own list knows sizes; the manifests do when a root is missing on either side. */
function packagesOf(side: ImageSide, other: ImageSide): ReadonlyMap<string, PackageInfo> {
  if (side.root && (other.root || side.manifest === undefined)) return side.root.packages;
  return new Map(Object.entries(side.manifest?.packages ?? {}));
}

/** `NAME_rootfs_2026-11-20_1795129200.tar.zst` → `rootfs.tar.zst` */
export function artifactName(profile: string, file: string): string {
  const name = file.startsWith(`${profile}_`) ? file.slice(profile.length + 1) : file;
  return name.replace(/_\d{4}-\d{2}-\d{2}_\d+(?=\.|$)/, '');
}

function compareArtifacts(a: ManifestData, b: ManifestData): ArtifactChange[] {
  const byName = ({ profile, files }: ManifestData) =>
    new Map(files.map((file) => [artifactName(profile, file.name), file]));
  const [left, right] = [byName(a), byName(b)];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) => {
    const [before, after] = [left.get(name), right.get(name)];
    const isSame = before?.bytes === after?.bytes && before?.sha256 === after?.sha256;
    const facts = (file: typeof before) => file && { bytes: file.bytes, sha256: file.sha256 };
    return isSame ? [] : [{ name, a: facts(before), b: facts(after) }];
  });
}

function compareSizes(
  a: ImageSide,
  b: ImageSide,
  both: { readonly a: ManifestData; readonly b: ManifestData } | undefined,
): SizeChange[] {
  const rows = both
    ? compareArtifacts(both.a, both.b).flatMap(({ name, a: left, b: right }) =>
        left && right ? [{ name, a: left.bytes, b: right.bytes }] : [],
      )
    : [];
  if (a.root && b.root) {
    rows.push({ name: 'all files, unpacked', a: bytesOf(a.root), b: bytesOf(b.root) });
    const [before, after] = [installedSize(a.root.packages), installedSize(b.root.packages)];
    if (before !== undefined && after !== undefined)
      rows.push({ name: 'packages, as dpkg says', a: before, b: after });
  }
  return rows.filter((row) => row.a !== row.b);
}

/** A file with several names is counted once. */
function bytesOf({ entries }: RootContents): number {
  let bytes = 0;
  for (const { size, links } of entries.values()) bytes += size / links;
  return Math.round(bytes);
}
