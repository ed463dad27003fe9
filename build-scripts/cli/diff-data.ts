import { sizeChange } from '../compare/compare-packages.ts';
import type { RootEntry } from '../compare/root-contents.ts';
import { modeText } from './diff-files-text.ts';
import type { Diff } from './diff.ts';
import type { Compared } from './find-compared.ts';

/** The comparison for programs: everything, without regard to length. null is what is not known. */
export function comparisonData({ a, b, comparison, notCompared }: Diff): Record<string, unknown> {
  const { files, packages, sameRoot, equal, ...rest } = comparison;
  return {
    schema: 1,
    equal,
    a: imageData(a),
    b: imageData(b),
    settings: orNull(rest.settings?.map(withNulls)),
    collections: orNull(rest.collections),
    outputs: orNull(rest.outputs),
    options: orNull(rest.options?.map(withNulls)),
    disk: orNull(rest.disk?.map(withNulls)),
    packages: packages.map((change) => ({
      ...withNulls(change),
      installedSizeChange: orNull(sizeChange(change)),
    })),
    files: orNull(
      files?.map((file) => ({
        ...file,
        a: entryData(file.a),
        b: entryData(file.b),
        path: `/${file.path}`,
        package: orNull(file.package),
      })),
    ),
    filesNotCompared: notCompared,
    sameRootTarball: orNull(sameRoot),
    sameBuildTime: rest.sameTime,
    artifacts: rest.artifacts.map(withNulls),
    sizes: rest.sizes,
    tools: rest.tools.map(withNulls),
    warnings: rest.warnings,
  };
}

/** The mode as people write it: JSON has no octal numbers. */
function entryData(entry: RootEntry | undefined): Record<string, unknown> | null {
  return entry === undefined ? null : { ...entry, mode: modeText(entry.mode) };
}

function imageData({ given, name, file, manifest, tarball }: Compared): Record<string, unknown> {
  return {
    given,
    name,
    file,
    built: orNull(manifest?.built),
    tarball: orNull(tarball),
  };
}

const orNull = <T>(value: T | undefined): T | null => value ?? null;

/** JSON knows no undefined: what is on one side only has null on the other. */
function withNulls<T extends { readonly a?: unknown; readonly b?: unknown }>(
  change: T,
): T & { a: unknown; b: unknown } {
  return { ...change, a: orNull(change.a), b: orNull(change.b) };
}
