import { link, rename, rm, stat } from 'node:fs/promises';
import { luksNodesOf } from './ask-passphrases.ts';
import { digest, keyOf, secretDigest, type Inputs } from './cache/inputs.ts';
import { cannotKeep, copyData, copySparse } from './cache/entry-data.ts';
import { DamagedEntry, type Entry, type Store } from './cache/store.ts';
import type { ComposeResult, KnownDisk } from './composition.ts';
import type { ResolvedProfile } from './config/resolved-profile.ts';
import { diskSecrets } from './disk-secrets.ts';
import type { LayeredRoot } from './layered-root.ts';

export interface CachedDiskOptions {
  readonly store: Store;
  readonly profile: ResolvedProfile;
  readonly layers: () => LayeredRoot;
  /** Names the tarball of the finished root: undefined when that was not kept. */
  readonly rootKey: () => string | undefined;
  /** Where the raw image is written, or taken to. */
  readonly image: string;
  /** The file is handed out: what is in the cache may not be the same one. */
  readonly isPublished: boolean;
  /** Of public identities, and of times in the image. */
  readonly seed: string;
  readonly epoch: () => number;
  readonly note: (text: string) => void;
}

/** The raw disk as a layer: what is made of it needs nothing but this. */
export interface CachedDisk {
  /** Puts the disk of an earlier build in its place. @returns undefined when there is none */
  readonly take: (
    versions: () => Promise<ReadonlyMap<string, string>>,
  ) => Promise<KnownDisk | undefined>;
  /**
   * Takes a disk that was made into the cache, if there is room: moves the file there, unless it is
   * handed out.
   */
  readonly keep: (made: ComposeResult) => Promise<void>;
}

const LAYER = 'disk';

/** A volume key that nobody gave is for one image: who opens that one must not open others. */
function hasKeyByChance({ disk }: ResolvedProfile): boolean {
  const nodes = disk === undefined ? [] : luksNodesOf({ ...disk, disk: disk.layout });
  return nodes.some(({ volumeKeyFile }) => volumeKeyFile === undefined);
}

export function cachedDisk(options: CachedDiskOptions): CachedDisk {
  const { store, profile, layers, image, isPublished, note } = options;
  const { name } = profile;
  const noteName = `disk-${digest(name).slice(0, 16)}`;

  async function inputs(versions: ReadonlyMap<string, string>): Promise<Inputs | undefined> {
    const root = options.rootKey();
    if (hasKeyByChance(profile)) return undefined;
    const secrets = root && profile.disk && (await diskSecrets(profile.disk));
    if (root === undefined || secrets === undefined) return undefined;
    return new Map([
      ...layers().tools,
      ['packages below', root],
      ['layout', digest(profile.disk?.text)],
      ['passphrases and keys', secretDigest(store.secret, secrets)],
      ['seed', digest(options.seed)],
      ['time of the image', String(options.epoch())],
      ['disk tools', digest([...versions])],
    ]);
  }

  async function put(entry: Entry): Promise<void> {
    if (!(await store.isWhole(entry))) throw new DamagedEntry(entry);
    const from = store.dataOf(entry);
    if (!isPublished) {
      // Only read, and gone with this build. Not on the same file system: a copy.
      const isLinked = await link(from, image).then(
        () => true,
        () => false,
      );
      if (isLinked) return;
    }
    await copySparse(from, image);
  }

  /** One for each profile: they are large, and what comes next is made of the newest. */
  async function replace(key: string, meta: KnownDisk): Promise<void> {
    const before = await store.readNote(noteName);
    if (typeof before === 'string') await store.remove({ kind: 'disk', key: before });
    await store.remove({ kind: 'disk', key });
    await store.add({ kind: 'disk', key, what: name, meta }, async (file) => {
      await (isPublished ? copyData('disk', image, file) : moveFile(image, file));
      return { bytes: (await stat(file)).size, sha256: meta.contentSha256 };
    });
    await store.writeNote(noteName, key);
  }

  return {
    async take(versions) {
      if (layers().freshness === 'refresh' || options.rootKey() === undefined) return undefined;
      const made = await inputs(await versions());
      const entry = made && (await store.find('disk', keyOf(made)));
      if (entry === undefined) {
        await layers().explain(LAYER, made);
        return undefined;
      }
      try {
        await put(entry);
      } catch (error) {
        await rm(image, { force: true });
        if (!(error instanceof DamagedEntry)) throw error;
        note(`${error.message}; it is made anew`);
        await store.remove(entry);
        return undefined;
      }
      await layers().remember(LAYER, made);
      return entry.meta as KnownDisk;
    },
    async keep({ contents, checks, secureBoot, versions, contentSha256 }) {
      const made = await inputs(versions);
      if (made === undefined) return;
      await layers().remember(LAYER, made);
      await replace(keyOf(made), { contents, checks, secureBoot, contentSha256 }).catch(
        (error: unknown) => {
          if (!cannotKeep(error)) throw error;
        },
      );
    },
  };
}

/** Between file systems: a copy. */
async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyData('disk', from, to);
  }
}
