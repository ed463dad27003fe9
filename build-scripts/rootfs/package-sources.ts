import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildLog } from '../host/build-log.ts';
import type { Sandbox } from '../host/sandbox.ts';
import { aptConfig } from './download-packages.ts';

/** A source that packages came from. */
export interface PackageSource {
  /** Address of its InRelease file, or of Release where there is no other. */
  readonly release: string;
  /** Index files that apt takes from it, like `main/binary-amd64/Packages`. */
  readonly indexes: readonly string[];
  /** The InRelease file as apt has it. */
  readonly text: string;
}

/** REPO_URI, RELEASE, METAKEY and FILENAME of each index: apt's indextargets, see apt-get(8). */
const FORMAT = '$(REPO_URI)\t$(RELEASE)\t$(METAKEY)\t$(FILENAME)';
/** Of a list's path up to the name of a file, and the address of its repository. */
const PRINT = `for kind in InRelease Release; do
  [ -e "$1$kind" ] && echo $kind && cat "$1$kind" && exit
done
echo "the package lists of the image have no InRelease and no Release of the repository $2" >&2
exit 1`;
/** What apt does not leave as it is in the name of a list, beside what is not printable ASCII. */
const QUOTED = /[^\x21-\x7e]|[\\|{}[\]<>"^~_=!@#$%&*]/gu;

/**
 * An index file as apt names its list: URItoFileName in apt's strutl.cc.
 * @param metaKey like `main/binary-amd64/Packages`
 */
export const listName = (metaKey: string): string =>
  metaKey
    .replaceAll(QUOTED, (character) =>
      Buffer.from(character).toString('hex').replaceAll(/../g, '%$&'),
    )
    .replaceAll('/', '_');

/** The sources of a root whose package lists are still there. @throws CommandError */
export async function packageSources(
  root: string,
  arch: string,
  sandbox: Sandbox,
  log: BuildLog,
): Promise<PackageSource[]> {
  const config = path.join(sandbox.stage, 'apt.conf');
  await writeFile(config, aptConfig(root, arch));
  // Another apt may be at work in this root: then two write one cache.
  const noCache = ['-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='];
  const command = [
    ...['apt-get', ...noCache, 'indextargets'],
    ...['--format', FORMAT, 'Identifier: Packages'],
  ];
  const { stdout } = await sandbox.run(command, { log, env: { APT_CONFIG: config } });
  const found = new Map<string, { address: string; indexes: string[] }>();
  for (const line of stdout.split('\n')) {
    const [uri, release, metaKey, file] = line.split('\t');
    if (uri === undefined || release === undefined || metaKey === undefined || file === undefined)
      continue;
    const flat = release.endsWith('/');
    const address = flat ? `${uri}${release.replace(/^\.?\//, '')}` : `${uri}dists/${release}/`;
    // apt names a list after its address.
    const list = file.slice(0, file.lastIndexOf(listName(metaKey)));
    const one = found.get(list) ?? { address, indexes: [] };
    one.indexes.push(metaKey);
    found.set(list, one);
  }
  return Promise.all(
    [...found].map(async ([list, { address, indexes }]) => {
      const printed = await sandbox.run(['/bin/sh', '-c', PRINT, 'sh', list, address], { log });
      const end = printed.stdout.indexOf('\n');
      const kind = printed.stdout.slice(0, end);
      return { release: `${address}${kind}`, indexes, text: printed.stdout.slice(end + 1) };
    }),
  );
}

/**
 * Has the host's apt read the package lists of a root. When it is of the same version as the root's,
 * that finds what it has read, and starts a second earlier; otherwise nothing is lost.
 */
export async function readAhead(
  root: string,
  arch: string,
  sandbox: Sandbox,
  log: BuildLog,
): Promise<void> {
  const config = path.join(sandbox.stage, 'read-ahead.conf');
  await writeFile(config, aptConfig(root, arch));
  // The other cache depends on what is installed.
  const command = ['apt-cache', '-o', 'Dir::Cache::pkgcache=', 'gencaches'];
  await sandbox.run(command, { log, env: { APT_CONFIG: config } }).catch(() => undefined);
}

/** Reads the sources of a root early, and once more if they are others in the end. */
export function sourcesReader(
  root: string,
  arch: string,
  sandbox: Sandbox,
  log: BuildLog,
): { readonly begin: () => void; readonly found: () => Promise<PackageSource[]> } {
  const look = (): Promise<PackageSource[]> => packageSources(root, arch, sandbox, log);
  const mark = (): Promise<string> => sourcesMark(root, sandbox, log);
  let early: Promise<[string, PackageSource[]]> | undefined;
  return {
    begin() {
      early = Promise.all([mark(), look()]);
      early.catch(() => undefined);
    },
    async found() {
      const [markThen, sources] = (await early) ?? [];
      // A hook may have added a source since.
      const isSame = sources !== undefined && markThen === (await mark());
      return isSame ? sources : look();
    },
  };
}

/** Another text when the sources of a root, or their package lists, are others. @throws CommandError */
async function sourcesMark(root: string, sandbox: Sandbox, log: BuildLog): Promise<string> {
  const folders = ['etc/apt', 'var/lib/apt/lists'].map((folder) => path.join(root, folder));
  const isSource = ['(', '-path', '*/lists/*', '-o', '-path', '*/sources.list*', ')'];
  const { stdout } = await sandbox.run(
    // Not `partial` and `lock`, which every apt touches.
    [
      ...['find', ...folders, '-maxdepth', '2', '-type', 'f', '-size', '+0', ...isSource],
      ...['-printf', '%p %s %T@\\n'],
    ],
    { log },
  );
  return stdout.split('\n').sort().join('\n');
}
