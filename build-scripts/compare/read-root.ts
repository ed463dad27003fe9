import { createHash } from 'node:crypto';
import { attributeText } from './attribute-text.ts';
import { DPKG_STATUS, isOfDpkg, packageOwners, readStatus } from './dpkg-database.ts';
import { readTar, type TarEntry } from './read-tar.ts';
import type { EntryType, RootContents, RootEntry } from './root-contents.ts';

const TYPES: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'file',
  '2': 'symlink',
  '3': 'character device',
  '4': 'block device',
  '5': 'directory',
  D: 'directory',
  '6': 'FIFO',
};
/** No files: the label of a volume, and what is left of one that began on an earlier tape. */
const NO_FILES = 'VM';

/**
 * Reads a root file system from a tar stream. Contents are hashed on the way and not kept, but for
 * those of dpkg's lists.
 * @throws DamagedTar, CutOff
 */
export async function readRoot(chunks: AsyncIterable<Buffer>): Promise<RootContents> {
  const entries = new Map<string, RootEntry>();
  const hardLinks: TarEntry[] = [];
  const texts = new Map<string, string>();
  await readTar(chunks, (entry) => {
    if (NO_FILES.includes(entry.type)) return undefined;
    if (entry.type === '1') {
      hardLinks.push(entry);
      return undefined;
    }
    const type = TYPES[entry.type] ?? 'unknown';
    if (type !== 'file') {
      entries.set(entry.path, rootEntry(entry, type));
      return undefined;
    }
    const hash = createHash('sha256');
    const pieces: Buffer[] = [];
    const keep = isOfDpkg(entry.path);
    return {
      onPiece(piece) {
        hash.update(piece);
        // A copy: the piece is a part of a much larger buffer.
        if (keep) pieces.push(Buffer.from(piece));
      },
      onEnd() {
        entries.set(entry.path, { ...rootEntry(entry, type), sha256: hash.digest('hex') });
        if (keep) texts.set(entry.path, Buffer.concat(pieces).toString('utf8'));
      },
    };
  });
  addHardLinks(entries, hardLinks);
  const status = texts.get(DPKG_STATUS);
  texts.delete(DPKG_STATUS);
  return {
    entries,
    packages: readStatus(status ?? ''),
    ownerOf: packageOwners(texts, (path) => withoutTopLink(path, entries)),
  };
}

function rootEntry(entry: TarEntry, type: EntryType): RootEntry {
  return {
    type,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size: type === 'file' ? entry.size : 0,
    ...(type === 'symlink' ? { target: entry.target } : {}),
    ...(entry.device === '' ? {} : { device: entry.device }),
    links: 1,
    attributes: Object.fromEntries(
      [...entry.attributes]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => [name, attributeText(name, value)]),
    ),
  };
}

/** All names of a file are equal: which one the archive calls the link depends on their order. */
function addHardLinks(entries: Map<string, RootEntry>, hardLinks: readonly TarEntry[]): void {
  const names = new Map<string, string[]>();
  for (const { path, target } of hardLinks)
    names.set(target, [...(names.get(target) ?? [target]), path]);
  for (const [target, paths] of names) {
    const file = entries.get(target);
    if (file === undefined) continue;
    for (const path of paths) entries.set(path, { ...file, links: paths.length });
  }
}

/** `/bin`, `/lib` and the like are links into `/usr` by now; packages still say `/bin/sh`. */
function withoutTopLink(path: string, entries: ReadonlyMap<string, RootEntry>): string {
  const slash = path.indexOf('/');
  if (slash < 0) return path;
  const target = entries.get(path.slice(0, slash))?.target;
  return target === undefined ? path : `${target.replace(/^\/+/, '')}${path.slice(slash)}`;
}
