import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { giveToCaller, makeFolder } from '../host/file-owner.ts';
import { hashFile } from '../host/hash-file.ts';
import { cannotKeep, checksumOf, copyData, KINDS, type Kind } from './entry-data.ts';
import { parseSealed, readSecret, seal } from './sealed.ts';

export { KINDS, type Kind };

/** What is known about an entry beside its data. */
export interface Entry {
  readonly kind: Kind;
  readonly key: string;
  /** For people: the profile that made it, or what it is. */
  readonly what: string;
  /** Of the data file; 0 when there is none. */
  readonly bytes: number;
  /** Of the data file, lower-case hex; see {@link checksumOf}. */
  readonly sha256: string;
  /** Whatever its maker wants to know again. */
  readonly meta: unknown;
}

/** As `mkimage cache list` shows it. */
export interface ListedEntry extends Entry {
  /** Milliseconds since 1970. */
  readonly used: number;
  /** Bytes that it takes on its file system: less than it has when there are holes. */
  readonly room: number;
}

/** An entry is not what was written: somebody removes it, and makes it anew. */
export class DamagedEntry extends Error {
  override readonly name = 'DamagedEntry';
  readonly entry: Pick<Entry, 'kind' | 'key' | 'what'>;
  constructor(entry: Pick<Entry, 'kind' | 'key' | 'what'>) {
    super(`the cache is damaged: ${entry.kind} of ${entry.what}`);
    this.entry = entry;
  }
}

const INFO = 'entry.json';
const DATA = 'data';
const PARTIAL = '.partial-';
/** Layers have secrets in them. */
const PRIVATE = 0o700;
const SCHEMA = 1;
/** Unfinished entries older than this, in milliseconds, belong to a build that was killed. */
const ABANDONED = 6 * 3600e3;

/**
 * Layers of builds, each under the key of what it was made from. An entry appears whole or not at
 * all, so that builds may use the same cache side by side; what is read is compared with its checksum.
 */
export class Store {
  readonly directory: string;
  /** For {@link secretDigest}: a random one of this cache. */
  readonly secret: Buffer;
  /** Whether anything came in since this was opened. */
  hasGrown = false;

  private constructor(directory: string, secret: Buffer) {
    this.directory = directory;
    this.secret = secret;
  }

  /** @returns undefined where nothing can be written */
  static async open(directory: string): Promise<Store | undefined> {
    try {
      // Beside it there may be images, which are for all who may see the checkout.
      await makeFolder(path.dirname(directory));
      await makeFolder(directory, PRIVATE);
      return new Store(directory, await readSecret(path.join(directory, 'secret')));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== undefined) return undefined;
      throw error;
    }
  }

  private folderOf({ kind, key }: Pick<Entry, 'kind' | 'key'>): string {
    return path.join(this.directory, kind, key);
  }

  /** A folder that is no entry, beside those. */
  private partialOf(kind: Kind): string {
    return path.join(this.directory, kind, `${PARTIAL}${randomUUID()}`);
  }

  /** Its data; gone once the entry is removed. */
  dataOf(entry: Pick<Entry, 'kind' | 'key'>): string {
    return path.join(this.folderOf(entry), DATA);
  }

  /** @returns undefined when there is no such entry, or a damaged one, which is removed */
  async find(kind: Kind, key: string): Promise<Entry | undefined> {
    const entry = await this.look(kind, key);
    const now = new Date();
    if (entry !== undefined)
      await utimes(path.join(this.folderOf(entry), INFO), now, now).catch(() => undefined);
    return entry;
  }

  /** As {@link find}; looking is not using. */
  private async look(kind: Kind, key: string): Promise<Entry | undefined> {
    const file = path.join(this.folderOf({ kind, key }), INFO);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const entry = parseEntry(text);
    const size = await stat(this.dataOf({ kind, key })).then(
      (stats) => stats.size,
      () => undefined,
    );
    if (entry?.kind !== kind || entry.key !== key || size !== entry.bytes) {
      await this.remove({ kind, key });
      return undefined;
    }
    return entry;
  }

  /**
   * @param produce writes the data; may return size and checksum, when it knows them, and has to for disks
   * @returns the entry, that of somebody else who was faster, or undefined when it can not be kept
   */
  async add(
    about: Pick<Entry, 'kind' | 'key' | 'what' | 'meta'>,
    produce: (file: string) => Promise<Pick<Entry, 'bytes' | 'sha256'> | undefined>,
  ): Promise<Entry | undefined> {
    const partial = this.partialOf(about.kind);
    try {
      await makeFolder(path.dirname(partial), PRIVATE);
      await makeFolder(partial, PRIVATE);
      const data = path.join(partial, DATA);
      const { bytes, sha256 } = (await produce(data)) ?? (await hashFile(data));
      const entry: Entry = { ...about, bytes, sha256 };
      await writeFile(path.join(partial, INFO), formatEntry(entry), { mode: 0o600 });
      await giveToCaller(data);
      await giveToCaller(path.join(partial, INFO));
      await rename(partial, this.folderOf(about));
      this.hasGrown = true;
      return entry;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (['EEXIST', 'ENOTEMPTY'].includes(code)) return await this.find(about.kind, about.key);
      if (cannotKeep(error)) return undefined;
      throw error;
    } finally {
      // What is left then goes later, like that of a build that was killed.
      await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** The data as a stream, which ends with {@link DamagedEntry} when it is not what was written. */
  read(entry: Entry): Readable {
    const hash = createHash('sha256');
    const check = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
      flush(done) {
        done(hash.digest('hex') === entry.sha256 ? null : new DamagedEntry(entry));
      },
    });
    const source = createReadStream(this.dataOf(entry), { highWaterMark: 1024 ** 2 });
    source.on('error', () => check.destroy(new DamagedEntry(entry)));
    return source.pipe(check);
  }

  /** A copy of the data, which may be changed. @throws DamagedEntry */
  async copy(entry: Entry, target: string): Promise<void> {
    try {
      await copyData(entry.kind, this.dataOf(entry), target);
    } catch (error) {
      if (!existsSync(this.dataOf(entry))) throw new DamagedEntry(entry);
      throw error;
    }
    if ((await checksumOf(entry.kind, target)) !== entry.sha256) throw new DamagedEntry(entry);
  }

  /** Whether the data is what was written. */
  async isWhole(entry: Entry): Promise<boolean> {
    const found = await checksumOf(entry.kind, this.dataOf(entry)).catch(() => undefined);
    return found === entry.sha256;
  }

  /** It vanishes at once, as it came: meanwhile another build may add it anew. */
  async remove(entry: Pick<Entry, 'kind' | 'key'>): Promise<void> {
    const gone = this.partialOf(entry.kind);
    try {
      await rename(this.folderOf(entry), gone);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    await rm(gone, { recursive: true, force: true });
  }

  /** The one that was used last comes first. Damaged ones are removed. */
  async list(): Promise<ListedEntry[]> {
    const entries: ListedEntry[] = [];
    for (const kind of KINDS) {
      const parent = path.join(this.directory, kind);
      const found = (await readdir(parent).catch(() => [])).map(async (key) => {
        if (key.startsWith(PARTIAL)) return removeAbandoned(path.join(parent, key));
        const file = path.join(parent, key, INFO);
        const used = await stat(file).then(
          (stats) => stats.mtimeMs,
          () => 0,
        );
        const entry = await this.look(kind, key);
        if (entry === undefined) return;
        const room = await stat(this.dataOf(entry)).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        );
        entries.push({ ...entry, used, room });
      });
      await Promise.all(found);
    }
    return entries.sort((a, b) => b.used - a.used || (a.key < b.key ? -1 : 1));
  }

  /** Reads all data. Damaged entries are removed. */
  async verify(): Promise<Entry[]> {
    const damaged: Entry[] = [];
    for (const entry of await this.list()) {
      if (await this.isWhole(entry)) continue;
      damaged.push(entry);
      await this.remove(entry);
    }
    return damaged;
  }

  /**
   * Removes what was not used for longest, until the rest has at most `bytes`.
   * @param free bytes that have to be free then where the cache lies, as far as removing helps
   */
  async prune(bytes: number, free = 0): Promise<ListedEntry[]> {
    const entries = await this.list();
    const { bavail, bsize } = await statfs(this.directory);
    const total = entries.reduce((sum, { room }) => sum + room, 0);
    const most = Math.min(bytes, total + bavail * bsize - free);
    let left = 0;
    const removed: ListedEntry[] = [];
    for (const entry of entries) {
      if (left + entry.room <= most) {
        left += entry.room;
        continue;
      }
      removed.push(entry);
      await this.remove(entry);
    }
    return removed;
  }

  /** A small file of this cache, like what the last build was made from. @returns undefined: none */
  async readNote(name: string): Promise<unknown> {
    const text = await readFile(path.join(this.directory, 'notes', name), 'utf8').catch(() => '');
    return parseSealed(text);
  }

  async writeNote(name: string, value: unknown): Promise<void> {
    const folder = path.join(this.directory, 'notes');
    const partial = path.join(folder, `${PARTIAL}${randomUUID()}`);
    try {
      await makeFolder(folder, PRIVATE);
      await writeFile(partial, seal(value), { mode: 0o600 });
      await giveToCaller(partial);
      await rename(partial, path.join(folder, name));
    } catch (error) {
      if (!cannotKeep(error)) throw error;
    } finally {
      await rm(partial, { force: true }).catch(() => undefined);
    }
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  const made = await stat(folder).then(
    (stats) => stats.mtimeMs,
    () => Date.now(),
  );
  if (Date.now() - made > ABANDONED) await rm(folder, { recursive: true, force: true });
}

const formatEntry = (entry: Entry): string => seal({ schema: SCHEMA, ...entry });

function parseEntry(text: string): Entry | undefined {
  const entry = parseSealed(text) as (Entry & { schema: number }) | undefined;
  return entry?.schema === SCHEMA ? entry : undefined;
}
