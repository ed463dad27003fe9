import { describeDifferences, differences, keyOf, type Inputs } from './cache/inputs.ts';
import { askChanging } from './ask-changing.ts';
import { newestDate, updated, type SourceState } from './cache/repository-state.ts';
import { DamagedEntry, type Entry, type Kind, type Store } from './cache/store.ts';
import { UserError } from './host/errors.ts';
import type { BuildMessages } from './build-messages.ts';
import type { BuildLog } from './host/build-log.ts';
import type { Sandbox } from './host/sandbox.ts';
import { secondTree } from './host/second-tree.ts';
import {
  inputsMark,
  onLayer,
  onSources,
  readInputs,
  sourcesKey,
  type LayerContext,
  type ProfileInputs,
} from './layer-inputs.ts';
import type { RootfsStages } from './rootfs/build-rootfs.ts';
import { restoreLayer, saveLayer } from './rootfs/layer-tarball.ts';
import { installations, type Installation } from './rootfs/install-steps.ts';
import { readAhead, sourcesReader } from './rootfs/package-sources.ts';

/**
 * How much a build believes of what the cache knows about packages.
 * - `ask`: asks each package source whether it has changed
 * - `offline`: takes it as it is, and downloads nothing
 * - `refresh`: not at all; everything is made anew
 */
export type Freshness = 'ask' | 'offline' | 'refresh';

export interface LayeredRootOptions {
  readonly store: Store;
  readonly context: LayerContext;
  readonly freshness: Freshness;
  readonly log: BuildLog;
  readonly messages: BuildMessages;
  /** What is made anew, and why. */
  readonly say: (text: string) => void;
}

/** Layers that are being made in this process: others wait for them. */
const inTheMaking = new Map<string, Promise<void>>();

/** The layers of one profile's root: which are there, and making those that are not. */
export class LayeredRoot {
  private readonly options: LayeredRootOptions;
  /** Undefined: the sources are not known yet, or can not be asked. */
  private sources: readonly SourceState[] | undefined;
  /** Layers that are being taken into the cache. */
  private readonly keeping: Promise<unknown>[] = [];
  private readonly installations: readonly Installation[];
  /** As they were when this began. */
  private readonly inputs: ProfileInputs;

  constructor(options: LayeredRootOptions) {
    this.options = options;
    this.installations = installations(options.context.profile);
    this.inputs = readInputs(options.context);
  }

  get freshness(): Freshness {
    return this.options.freshness;
  }

  /** This program and those of the host: name and version. */
  get tools(): readonly (readonly [string, string])[] {
    return [...this.options.context.tools];
  }

  /** When there was something new in them last, in seconds since 1970. */
  get packagesDate(): number | undefined {
    return this.sources && newestDate(this.sources);
  }

  /** Asks the package sources. @throws UserError */
  async askSources(): Promise<void> {
    const { store, context, freshness, say } = this.options;
    const { profile } = context;
    if (freshness === 'refresh') return;
    const known = (await store.readNote(`sources-${sourcesKey(profile)}`)) as
      SourceState[] | undefined;
    if (known === undefined) {
      if (freshness === 'offline') throw this.notCached('nothing was built with these sources yet');
      return;
    }
    this.sources = known;
    if (freshness === 'offline') return;
    try {
      this.sources = await askChanging(known, profile.settings);
      await this.writeSources(this.sources);
    } catch (error) {
      say(
        `nobody knows whether there are newer packages: ${(error as Error).message}; those in the cache are taken`,
      );
    }
  }

  private async writeSources(sources: readonly SourceState[]): Promise<void> {
    const { store, context } = this.options;
    await store.writeNote(`sources-${sourcesKey(context.profile)}`, sources);
  }

  private notCached(reason: string): UserError {
    return new UserError(
      `${this.options.context.profile.name} can not be built offline: ${reason}`,
      { hint: 'build it once without --offline' },
    );
  }

  /** Of the layer with packages up to those of an installation. Undefined without sources. */
  private packagesInputs(index: number): Inputs | undefined {
    if (this.sources === undefined) return undefined;
    let inputs = onSources(this.inputs.base, this.sources);
    for (const later of this.inputs.later.slice(0, index)) inputs = onLayer(later, keyOf(inputs));
    return inputs;
  }

  /** Of the finished root. */
  rootInputs(): Inputs | undefined {
    const packages = this.packagesInputs(this.installations.length - 1);
    return packages && onLayer(this.inputs.root, keyOf(packages));
  }

  /** Whether files were changed since: nobody knows which of it the build has seen. */
  hasChanged(): boolean {
    return inputsMark(readInputs(this.options.context)) !== inputsMark(this.inputs);
  }

  /** The finished root of an earlier build with the same inputs. */
  async findRoot(): Promise<Entry | undefined> {
    const inputs = this.rootInputs();
    const entry = inputs && (await this.find('root', inputs));
    if (entry !== undefined) await this.remember('root file system', inputs);
    return entry;
  }

  private async find(kind: Kind, inputs: Inputs): Promise<Entry | undefined> {
    if (this.options.freshness === 'refresh') return undefined;
    return this.options.store.find(kind, keyOf(inputs));
  }

  /** Says why something is not taken from the cache, and remembers what it is made from. */
  async explain(layer: string, inputs: Inputs | undefined): Promise<void> {
    const { store, freshness, say } = this.options;
    const note = this.noteName(layer);
    const before = (await store.readNote(note)) as [string, string][] | undefined;
    if (freshness === 'refresh') say(`${layer}: made anew, as --refresh wants`);
    else if (before !== undefined && inputs !== undefined) {
      const found = differences(new Map(before), inputs).filter(
        ({ name }) => name !== 'packages below',
      );
      if (found.length > 0) say(`${layer}: made anew: ${describeDifferences(found)}`);
    }
    await this.remember(layer, inputs);
  }

  /** What a layer was made from: the next build says what is different. */
  async remember(layer: string, inputs: Inputs | undefined): Promise<void> {
    if (inputs !== undefined) await this.options.store.writeNote(this.noteName(layer), [...inputs]);
  }

  private noteName(layer: string): string {
    return `inputs-${this.options.context.profile.name}-${layer}`.replaceAll(/[ /]/g, '-');
  }

  /** When all layers that were made are in the cache. @throws what prevented it */
  async settled(): Promise<void> {
    await Promise.all(this.keeping);
  }

  /** The root with all packages: restored, or made and kept, layer by layer. */
  async packages(stages: RootfsStages, sandbox: Sandbox): Promise<void> {
    await this.packagesUpTo(this.installations.length - 1, stages, sandbox);
  }

  private async packagesUpTo(index: number, stages: RootfsStages, sandbox: Sandbox): Promise<void> {
    const inputs = this.packagesInputs(index);
    const key = inputs && keyOf(inputs);
    while (key !== undefined && inTheMaking.has(key)) await inTheMaking.get(key);
    const entry = inputs && (await this.find('packages', inputs));
    if (entry !== undefined && (await this.restore(entry, stages.root, sandbox))) return;
    const making = (async () => {
      await this.make(index, stages, sandbox);
      return this.save(this.packagesInputs(index), stages.root, sandbox);
    })();
    if (key !== undefined) {
      const settled = making
        .then(({ kept }) => kept)
        .then(
          () => undefined,
          () => undefined,
        );
      inTheMaking.set(key, settled);
      void settled.then(() => inTheMaking.delete(key));
    }
    await making;
  }

  private async make(index: number, stages: RootfsStages, sandbox: Sandbox): Promise<void> {
    const installation = this.installations[index];
    if (index > 0 && installation !== undefined) {
      await this.packagesUpTo(index - 1, stages, sandbox);
      const what = installation.step === 'extra' ? 'packages on top' : 'packages of the system';
      await this.explain(what, this.packagesInputs(index));
      return stages.install(installation);
    }
    const { freshness, context, log } = this.options;
    if (freshness === 'offline') throw this.notCached('its packages are not in the cache');
    await this.explain('packages', this.packagesInputs(0));
    const { arch } = context.profile.settings;
    const reader = sourcesReader(stages.root, arch.value, sandbox, log);
    // While packages are installed, one processor has nothing to do.
    await stages.bootstrap(() => {
      reader.begin();
      if (this.installations.length > 1) void readAhead(stages.root, arch.value, sandbox, log);
    });
    await this.learnSources(await reader.found());
  }

  /** What apt has just seen is what counts, whatever was asked before. */
  private async learnSources(
    found: readonly { release: string; indexes: readonly string[]; text: string }[],
  ): Promise<void> {
    const known = new Map(this.sources?.map((source) => [source.release, source]));
    this.sources = found.map(({ release, indexes, text }) => {
      const before = known.get(release);
      const { digest = '', date } = before ?? {};
      const seen = updated({ release, indexes, digest, date }, text);
      return seen.digest === digest ? { ...before, ...seen } : seen;
    });
    await this.writeSources(this.sources);
  }

  /**
   * Packs the root, which may be changed then, while the layer is taken into the cache.
   * @returns when that is done
   */
  private async save(
    inputs: Inputs | undefined,
    root: string,
    sandbox: Sandbox,
  ): Promise<{ kept: Promise<unknown> }> {
    const { store, context, log, messages } = this.options;
    if (inputs === undefined || this.hasChanged()) return { kept: Promise.resolve() };
    const key = keyOf(inputs);
    if (this.options.freshness === 'refresh') await store.remove({ kind: 'packages', key });
    const meta = messages.all();
    const about = { kind: 'packages' as const, key, what: context.profile.name, meta };
    const copy = await secondTree(root, `layer-${key}`, sandbox, log);
    let kept: Promise<unknown> = Promise.resolve();
    const packed = new Promise<void>((resolve, reject) => {
      kept = store.add(about, async (file) => {
        await saveLayer(copy?.path ?? root, file, sandbox, log);
        resolve();
        return undefined;
      });
      // Without room in the cache nothing is packed.
      kept.then(() => {
        resolve();
      }, reject);
    });
    this.keeping.push(kept);
    // From a copy it is packed while the root changes. Whoever waits for `kept` hears of a failure.
    if (copy === undefined) await packed;
    else packed.catch(() => undefined);
    const over = (): void => void copy?.remove();
    kept.then(over, over);
    return { kept };
  }

  /** @returns false when it was damaged; then nothing is left of it */
  private async restore(entry: Entry, root: string, sandbox: Sandbox): Promise<boolean> {
    const { store, log, messages, say } = this.options;
    // Side by side: tar reads the file itself, and garbage only harms what is removed then.
    const [restored, isWhole] = await Promise.allSettled([
      restoreLayer(store.dataOf(entry), root, sandbox, log),
      store.isWhole(entry),
    ]);
    if (isWhole.status === 'fulfilled' && isWhole.value) {
      if (restored.status === 'rejected') throw restored.reason;
      messages.sayAgain(entry.meta);
      return true;
    }
    say(`${new DamagedEntry(entry).message}; it is made anew`);
    await store.remove(entry);
    await sandbox.run(['rm', '-rf', '--one-file-system', '--', root], { log });
    return false;
  }
}
