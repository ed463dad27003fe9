import { compareDebianVersions } from './compare-debian-versions.ts';
import type { PackageInfo } from './root-contents.ts';

export interface PackageChange {
  readonly name: string;
  /** `rebuilt`: the same version for another architecture. */
  readonly change: 'added' | 'removed' | 'upgraded' | 'downgraded' | 'rebuilt';
  readonly a?: PackageInfo | undefined;
  readonly b?: PackageInfo | undefined;
}

type Packages = ReadonlyMap<string, PackageInfo>;

/** Sorted by name. */
export function comparePackages(a: Packages, b: Packages): PackageChange[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort().flatMap((name) => {
    const [left, right] = [a.get(name), b.get(name)];
    const change = changeOf(left, right);
    return change === undefined ? [] : [{ name, change, a: left, b: right }];
  });
}

function changeOf(
  a: PackageInfo | undefined,
  b: PackageInfo | undefined,
): PackageChange['change'] | undefined {
  if (a === undefined) return 'added';
  if (b === undefined) return 'removed';
  // Versions can be equal in other letters: 1.0 and 1.00.
  if (a.version !== b.version)
    return compareDebianVersions(a.version, b.version) <= 0 ? 'upgraded' : 'downgraded';
  return a.architecture === b.architecture ? undefined : 'rebuilt';
}

/** How much more the packages of an image say they need; undefined when sizes are not known. */
export function sizeChange({ a, b, change }: PackageChange): number | undefined {
  const [before, after] = [a?.installedSize, b?.installedSize];
  if (change === 'added') return after;
  if (change === 'removed') return before === undefined ? undefined : -before;
  return before === undefined || after === undefined ? undefined : after - before;
}

/** Bytes of all of them; undefined when no size is known. */
export function installedSize(packages: Packages): number | undefined {
  const sizes = [...packages.values()].flatMap(({ installedSize: size }) => size ?? []);
  return sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0);
}
