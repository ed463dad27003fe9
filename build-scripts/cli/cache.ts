import { Store, KINDS, type Kind, type ListedEntry } from '../cache/store.ts';
import { UserError } from '../host/errors.ts';
import { formatBytes } from '../host/format.ts';
import { cacheDirectory, cacheLimit } from './cache-place.ts';
import { table } from './text.ts';

export interface CacheArguments {
  readonly what: 'list' | 'prune' | 'verify';
  readonly cacheDir?: string | undefined;
  /** Size that may be left, like `5G`. */
  readonly keep?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What people know the kinds as. */
const NAMES: Readonly<Record<Kind, string>> = {
  download: 'downloaded packages',
  packages: 'installed packages',
  root: 'finished root file systems',
  frame: 'compressed parts of tarballs',
  initramfs: 'initramfs images',
  disk: 'disks',
  image: 'converted formats',
};

/** `mkimage cache`: what is kept for the next builds. @returns 0; 1 when something was damaged */
export async function cache(args: CacheArguments): Promise<number> {
  const directory = cacheDirectory(args.cacheDir);
  const store = await Store.open(directory);
  if (store === undefined) throw new UserError(`the cache ${directory} can not be used`);
  if (args.what === 'list') return list(store, args.json === true);
  if (args.what === 'verify') return verify(store);
  const removed = await store.prune(args.keep === undefined ? cacheLimit() : cacheLimit(args.keep));
  print(`${count(removed)} removed, ${size(removed)}`);
  return 0;
}

async function list(store: Store, asJson: boolean): Promise<number> {
  const entries = await store.list();
  if (asJson) {
    const shown = entries.map(({ kind, key, what, bytes, room, used }) => ({
      ...{ kind, key, what, bytes, room },
      used: new Date(used).toISOString(),
    }));
    print(JSON.stringify({ schema: 1, directory: store.directory, entries: shown }, null, 2));
    return 0;
  }
  print(store.directory);
  const rows = KINDS.flatMap((kind) => {
    const own = entries.filter((entry) => entry.kind === kind);
    const makers = [...new Set(own.map(({ what }) => what))].sort();
    const shown = kind === 'download' ? '' : makers.join(' ');
    return own.length === 0 ? [] : [[NAMES[kind], String(own.length), size(own), shown]];
  });
  for (const line of table([...rows, ['all', String(entries.length), size(entries), '']]))
    print(`  ${line}`);
  return 0;
}

async function verify(store: Store): Promise<number> {
  const damaged = await store.verify();
  for (const { kind, what } of damaged) print(`damaged, removed: ${NAMES[kind]}: ${what}`);
  const entries = await store.list();
  print(`${count(entries)} as they were written, ${size(entries)}`);
  return damaged.length === 0 ? 0 : 1;
}

const size = (entries: readonly ListedEntry[]): string =>
  formatBytes(entries.reduce((sum, { room }) => sum + room, 0));
const count = ({ length }: readonly unknown[]): string =>
  `${length} ${length === 1 ? 'entry' : 'entries'}`;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
