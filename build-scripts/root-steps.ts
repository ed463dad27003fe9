import { constants, copyFile, rm } from 'node:fs/promises';
import { keyOf } from './cache/inputs.ts';
import { cachedDownloads } from './cache/downloads.ts';
import { cachedFrames } from './cache/frames.ts';
import { newestDate, releaseDate } from './cache/repository-state.ts';
import { DamagedEntry, type Entry } from './cache/store.ts';
import type { BuildMessages } from './build-messages.ts';
import type { Composition } from './composition.ts';
import { SUITES } from './config/settings.ts';
import { formatBytes } from './host/format.ts';
import type { Step, StepHandle } from './host/progress.ts';
import { openSandbox, type Sandbox } from './host/sandbox.ts';
import { secondTree } from './host/second-tree.ts';
import type { WrittenFile } from './host/write-compressed.ts';
import type { LayeredRoot } from './layered-root.ts';
import { rootfsStages, type RootfsStages } from './rootfs/build-rootfs.ts';
import type { BuildContext } from './rootfs/build-context.ts';
import type { InstalledPackage } from './rootfs/installed-packages.ts';
import { packageSources } from './rootfs/package-sources.ts';
import { installations } from './rootfs/install-steps.ts';
import { packRoot } from './rootfs/pack-root.ts';
import type { Store } from './cache/store.ts';

export interface RootStepsOptions {
  readonly context: BuildContext;
  readonly messages: BuildMessages;
  /** Undefined: without a cache. */
  readonly cache: { readonly store: Store; readonly layers: () => LayeredRoot } | undefined;
  /** Where the tarball is written. */
  readonly target: string;
  readonly workdir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly defer: (undo: () => Promise<void>) => void;
  /** The one to build in, and who gets the tree when it is packed; by default one that is closed then. */
  readonly workplace?: Pick<Composition, 'sandbox' | 'takeRoot'> | undefined;
  /** Called without a cache, which knows it: when there was something new in the package sources. */
  readonly onPackagesDate: (seconds: number | undefined) => void;
}

/** Filled in by the steps. */
export interface BuiltRoot {
  readonly tarball: WrittenFile;
  readonly packages: readonly InstalledPackage[];
}

/** The steps that make the tarball of a profile's root file system. */
export interface RootSteps {
  /** Takes the finished tarball from the cache when it is there. @returns whether it was */
  readonly takeFromCache: () => Promise<boolean>;
  readonly steps: readonly Step[];
  readonly result: () => BuiltRoot;
  /**
   * When the tarball is there, and nobody reads in the sandbox any more: the step that packs may end
   * before. @throws what prevented it
   */
  readonly packed: () => Promise<void>;
  /** Of the tarball, lower-case hex; undefined as long as it is not there. */
  readonly tarballSha256: () => string | undefined;
  /** When everything that was made is in the cache. @throws what prevented it */
  readonly settled: () => Promise<void>;
}

interface RootMeta {
  readonly packages: readonly InstalledPackage[];
  readonly messages: unknown;
  readonly bytesIn: number;
}

export function rootSteps(options: RootStepsOptions): RootSteps {
  const { context, messages, cache, target, signal, workplace } = options;
  const { profile, log } = context;
  const { suite, arch } = profile.settings;
  const [first, ...later] = installations(profile);
  let result: BuiltRoot | undefined;
  let sandbox: Sandbox;
  let stages: RootfsStages;
  let packages: readonly InstalledPackage[] = [];
  let settleDownloads: () => Promise<void> = () => Promise.resolve();
  let packed: Promise<void> = Promise.resolve();
  let keeping: Promise<void> = Promise.resolve();
  let closing: Promise<void> = Promise.resolve();
  let current: StepHandle;
  const isThere = (): string | false => (result === undefined ? false : 'in the cache');

  const steps: Step[] = [
    {
      title: `bootstrap Debian ${SUITES[suite.value].version} ${arch.value}`,
      skip: isThere,
      async run(step) {
        current = step;
        if (workplace === undefined) {
          sandbox = await openSandbox({ log, workdir: options.workdir, signal });
          options.defer(() => sandbox.close());
        } else {
          sandbox = workplace.sandbox();
        }
        step.update(
          `${sandbox.kind}, working ${sandbox.inMemory ? 'in memory' : `in ${sandbox.directory}`}`,
        );
        const downloads =
          cache &&
          cachedDownloads({
            store: cache.store,
            sandbox,
            log,
            archive: `${suite.value}-${arch.value}`,
            packages: first.packages,
          });
        settleDownloads = downloads?.settled ?? settleDownloads;
        stages = rootfsStages({
          context,
          sandbox,
          downloads,
          onDetail: (text) => {
            current.update(text);
          },
        });
        if (cache !== undefined) return cache.layers().packages(stages, sandbox);
        await stages.bootstrap();
        const sources = await packageSources(stages.root, arch.value, sandbox, log);
        options.onPackagesDate(
          newestDate(sources.map(({ text }) => ({ date: releaseDate(text) }))),
        );
        for (const installation of later) await stages.install(installation);
      },
    },
    {
      title: `apply ${profile.collections.length} ${profile.collections.length === 1 ? 'collection' : 'collections'}`,
      skip: isThere,
      async run(step) {
        current = step;
        await cache?.layers().explain('root file system', cache.layers().rootInputs());
        packages = await stages.apply();
      },
    },
    {
      title: 'pack the root file system',
      skip: isThere,
      async run(step) {
        // A machine's root is changed as soon as it is packed.
        const copy = workplace && (await secondTree(stages.root, 'to-pack', sandbox, log));
        const packing = pack(copy?.path ?? stages.root, (bytesIn, bytesOut) => {
          // What comes next has the terminal then.
          if (copy === undefined) step.update(`${formatBytes(bytesIn)} → ${formatBytes(bytesOut)}`);
        });
        const finish = async (): Promise<void> => {
          await packing;
          void copy?.remove();
          // They read what is in the sandbox.
          await Promise.all([settleDownloads(), cache?.layers().settled()]);
        };
        packed = finish();
        // Whoever waits for it hears of it.
        packed.catch(() => undefined);
        if (copy === undefined) await packed;
        else step.update('goes on beside the next steps');
        if (workplace === undefined) closing = sandbox.close();
        else workplace.takeRoot(stages.root);
        closing.catch(() => undefined);
      },
    },
  ];

  async function pack(
    from: string,
    onProgress: (bytesIn: number, bytesOut: number) => void,
  ): Promise<void> {
    const tarball = await packRoot({
      root: from,
      inBackground: from !== stages.root,
      sandbox,
      log,
      target,
      epoch: context.epoch,
      level: profile.settings['zstd-level'].value,
      frames: cache && cachedFrames(cache.store, profile.name),
      onProgress,
    });
    result = { tarball, packages };
    keeping = keep(result);
    keeping.catch(() => undefined);
  }

  async function keep({ tarball }: BuiltRoot): Promise<void> {
    const inputs = cache?.layers().rootInputs();
    if (cache === undefined || inputs === undefined) return;
    if (cache.layers().hasChanged()) {
      messages.note(
        'files of the profile changed while it was built: the next build starts afresh',
      );
      return;
    }
    const meta: RootMeta = { packages, messages: messages.all(), bytesIn: tarball.bytesIn };
    const key = keyOf(inputs);
    await cache.store.remove({ kind: 'root', key });
    await cache.store.add({ kind: 'root', key, what: profile.name, meta }, async (file) => {
      await copyFile(tarball.path, file, constants.COPYFILE_FICLONE);
      return tarball;
    });
  }

  async function take(entry: Entry): Promise<void> {
    const meta = entry.meta as RootMeta;
    await cache?.store.copy(entry, target);
    messages.sayAgain(meta.messages);
    const { bytes, sha256 } = entry;
    const tarball = { path: target, bytes, sha256, bytesIn: meta.bytesIn };
    result = { tarball, packages: meta.packages };
  }

  return {
    async takeFromCache() {
      const entry = await cache?.layers().findRoot();
      if (entry === undefined) return false;
      try {
        await take(entry);
        return true;
      } catch (error) {
        if (!(error instanceof DamagedEntry)) throw error;
        messages.note(`${error.message}; it is made anew`);
        await cache?.store.remove(entry);
        await rm(target, { force: true });
        return false;
      }
    },
    steps,
    packed: () => packed,
    tarballSha256: () => result?.tarball.sha256,
    result() {
      if (result === undefined) throw new Error('the root file system is not there yet');
      return result;
    },
    async settled() {
      await packed;
      await Promise.all([keeping, closing]);
      await cache?.layers().settled();
    },
  };
}
