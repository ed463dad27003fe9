import { constants, copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Downloads } from '../rootfs/build-rootfs.ts';
import type { WantedFile } from '../rootfs/download-packages.ts';
import type { Installation } from '../rootfs/install-steps.ts';
import type { BuildLog } from '../host/build-log.ts';
import { hashFile } from '../host/hash-file.ts';
import type { Sandbox } from '../host/sandbox.ts';
import type { Store } from './store.ts';

/** Requests of mmdebstrap whose files are remembered, per suite and architecture. */
const REMEMBERED = 8;

/** A package file in the pool. */
interface KnownFile {
  /** In apt's archive folder. */
  readonly name: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

interface Request {
  readonly packages: readonly string[];
  readonly files: readonly KnownFile[];
}

export interface DownloadsRequest {
  readonly store: Store;
  readonly sandbox: Sandbox;
  readonly log: BuildLog;
  /** Builds with the same one may well want the same files: suite and architecture. */
  readonly archive: string;
  /** What mmdebstrap is asked for. */
  readonly packages: readonly string[];
}

/** Package files of earlier builds, by their SHA-256. A damaged one is never handed out. */
export function cachedDownloads(request: DownloadsRequest): Downloads & {
  /** When all copies are made. */
  readonly settled: () => Promise<void>;
} {
  const { store, sandbox, log, archive, packages } = request;
  const note = `downloads-${archive}`;
  const filled = new Map<string, string>();
  let keeping: Promise<void> = Promise.resolve();

  async function fill(
    archives: string,
    wanted: readonly WantedFile[] | undefined,
  ): Promise<ReadonlySet<string>> {
    const files = wanted?.flatMap(known) ?? mostAlike(await readRequests(), packages);
    const names = new Set<string>();
    const links = await mkdtemp(path.join(sandbox.stage, 'downloads-'));
    for (const { name, sha256 } of files) {
      const entry = await store.find('download', sha256);
      if (entry === undefined) continue;
      const data = store.dataOf(entry);
      const isWhole = await hashFile(data).then(
        (found) => found.sha256 === sha256,
        () => false,
      );
      if (!isWhole) {
        await store.remove(entry);
        continue;
      }
      await symlink(data, path.join(links, path.basename(name)));
      filled.set(path.basename(name), sha256);
      names.add(name);
    }
    if (names.size > 0) {
      const script = 'mkdir -p "$1/partial"; cp --dereference --reflink=auto -t "$1" "$2"/*';
      await sandbox.run(['/bin/sh', '-euc', script, 'sh', archives, links], { log });
    }
    await rm(links, { recursive: true });
    return names;
  }

  async function readRequests(): Promise<Request[]> {
    return ((await store.readNote(note)) as Request[] | undefined) ?? [];
  }

  async function keep(archives: string, step: Installation['step']): Promise<void> {
    // Moved aside, so that the build can go on meanwhile.
    const aside = path.join(sandbox.tree, `downloads-${step}`);
    const script = 'mkdir "$2"; find "$1" -maxdepth 1 -name "*.deb" -exec mv -t "$2" {} +; ls "$2"';
    const { stdout } = await sandbox.run(['/bin/sh', '-euc', script, 'sh', archives, aside], {
      log,
    });
    const names = stdout.split('\n').filter((name) => name !== '');
    const before = keeping;
    keeping = (async () => {
      await before;
      await copyNew(
        aside,
        names.filter((name) => !filled.has(name)),
      );
      await sandbox.run(['rm', '-rf', '--', aside], { log });
      if (step === 'base') await remember(names);
    })();
    // Whoever waits for it hears of it.
    keeping.catch(() => undefined);
  }

  async function copyNew(aside: string, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const out = path.join(sandbox.stage, `new-${path.basename(aside)}`);
    await mkdir(out);
    const files = names.map((name) => path.join(aside, name));
    await sandbox.run(['cp', '--no-preserve=all', '-t', out, '--', ...files], { log });
    for (const name of names) {
      const file = path.join(out, name);
      const hashed = await hashFile(file);
      const key = hashed.sha256;
      filled.set(name, key);
      await store.add({ kind: 'download', key, what: name, meta: null }, async (data) => {
        await copyFile(file, data, constants.COPYFILE_FICLONE);
        return hashed;
      });
    }
    await rm(out, { recursive: true });
  }

  async function remember(names: readonly string[]): Promise<void> {
    const files = names.flatMap((name) => {
      const sha256 = filled.get(name);
      return sha256 === undefined ? [] : [{ name, sha256 }];
    });
    const others = (await readRequests()).filter(
      (one) => JSON.stringify(one.packages) !== JSON.stringify(packages),
    );
    await store.writeNote(note, [{ packages, files }, ...others].slice(0, REMEMBERED));
  }

  return { fill, keep, settled: () => keeping };
}

/** Other checksums than SHA-256 find nothing in the pool. */
function known({ name, hash }: WantedFile): KnownFile[] {
  const [algorithm, hex = ''] = hash.split(':');
  return algorithm === 'SHA256' ? [{ name, sha256: hex }] : [];
}

/** The files of the request that has most packages in common with this one. */
function mostAlike(
  requests: readonly Request[],
  packages: readonly string[],
): readonly KnownFile[] {
  const wanted = new Set(packages);
  let best: Request | undefined;
  let most = -1;
  for (const request of requests) {
    const common = request.packages.filter((name) => wanted.has(name)).length;
    const score = common - (request.packages.length - common) / 2;
    if (best === undefined || score > most) [best, most] = [request, score];
  }
  return best?.files ?? [];
}
