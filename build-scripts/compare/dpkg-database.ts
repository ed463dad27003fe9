import type { PackageInfo } from './root-contents.ts';

/** Of Debian's root: where dpkg keeps what it knows. */
export const DPKG_STATUS = 'var/lib/dpkg/status';
const INFO = 'var/lib/dpkg/info/';

/** Whether the content of a file is needed to know packages and their files. */
export function isOfDpkg(path: string): boolean {
  return path === DPKG_STATUS || (path.startsWith(INFO) && path.endsWith('.list'));
}

/** Installed packages, from the text of `status`. */
export function readStatus(text: string): Map<string, PackageInfo> {
  const packages = new Map<string, PackageInfo>();
  for (const paragraph of text.split(/\n\n+/)) {
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}: *(.*)$`, 'm').exec(paragraph)?.[1];
    const [name, version, status] = [field('Package'), field('Version'), field('Status')];
    if (name === undefined || version === undefined) continue;
    // Removed, but not purged: as for the manifest, it is not there.
    if (/ (config-files|not-installed)$/.test(status ?? '')) continue;
    const architecture = field('Architecture') ?? '';
    const size = field('Installed-Size');
    packages.set(packages.has(name) ? `${name}:${architecture}` : name, {
      version,
      architecture,
      installedSize: size === undefined ? undefined : Number(size) * 1024,
    });
  }
  return packages;
}

/** The name in `var/lib/dpkg/info/NAME[:ARCHITECTURE].ENDING`. */
function packageOfInfo(path: string): string | undefined {
  return path.startsWith(INFO)
    ? /^([^:/]+?)(?::[^./]+)?\.[a-z0-9]+$/.exec(path.slice(INFO.length))?.[1]
    : undefined;
}

/**
 * The package that a path belongs to: of several, as most folders have, the first by name.
 * @param lists path of a `.list` file → its text
 * @param resolve for a path as a package has it: `bin/sh` is `usr/bin/sh` where `/bin` is a link
 */
export function packageOwners(
  lists: ReadonlyMap<string, string>,
  resolve: (path: string) => string,
): (path: string) => string | undefined {
  const owners = new Map<string, string>();
  for (const [list, text] of [...lists].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = packageOfInfo(list) ?? list;
    for (const line of text.split('\n')) {
      const path = resolve(line.slice(1));
      if (line.startsWith('/') && !owners.has(path)) owners.set(path, name);
    }
  }
  return (path) => {
    // Python's own copies are in no list: dist-packages/__pycache__/NAME.cpython-311.pyc
    const compiled = /^(.*)__pycache__\/([^/]+?)\.[^/]*pyc$/.exec(path);
    const source = compiled === null ? path : `${compiled[1] ?? ''}${compiled[2] ?? ''}.py`;
    return owners.get(source) ?? packageOfInfo(path);
  };
}
