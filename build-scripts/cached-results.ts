import { digest, keyOf } from './cache/inputs.ts';
import type { Store } from './cache/store.ts';
import { cachedDisk } from './cached-disk.ts';
import { CachedOutputs, type OutputInputs } from './cached-outputs.ts';
import type { ComposeOptions, ComposeResult } from './composition.ts';
import type { ResolvedProfile } from './config/resolved-profile.ts';
import type { LayeredRoot } from './layered-root.ts';
import { imageOfProfile } from './make-outputs.ts';
import { outputFormat } from './outputs/index.ts';
import type { Artifact, OutputFormat } from './outputs/output.ts';

export interface CachedResultsOptions {
  readonly store: Store;
  readonly profile: ResolvedProfile;
  /** The formats of this build. */
  readonly names: readonly string[];
  readonly layers: () => LayeredRoot;
  /** Of the root's tarball; undefined as long as that is not there. */
  readonly tarballSha256: () => string | undefined;
  /** The raw disk. */
  readonly image: string;
  /** Folder of all files that are made. */
  readonly directory: string;
  readonly seed: string;
  readonly diskSeed: string | undefined;
  readonly epoch: () => number;
  readonly note: (text: string) => void;
}

/** The layers above the root of one build: its disk, and what is made of that or of the root. */
export interface CachedResults {
  /** Undefined without a disk. */
  readonly takeDisk: ComposeOptions['takeDisk'];
  /** @param composed undefined without a disk */
  readonly takeOutput: (
    format: OutputFormat,
    composed: ComposeResult | undefined,
  ) => Promise<readonly Artifact[] | undefined>;
  /** All that was made, before it gets its published names. */
  readonly keep: (
    made: ReadonlyMap<string, readonly Artifact[]>,
    composed: ComposeResult | undefined,
  ) => Promise<void>;
}

export function cachedResults(options: CachedResultsOptions): CachedResults {
  const { store, profile, names, layers, epoch, seed, note, diskSeed } = options;
  const outputs = new CachedOutputs(store, note);
  const taken = new Set<string>();
  const rootKey = (): string | undefined => {
    const inputs = layers().rootInputs();
    const tarball = options.tarballSha256();
    return inputs && tarball && digest(keyOf(inputs), tarball);
  };
  const disk =
    diskSeed === undefined
      ? undefined
      : cachedDisk({
          ...{ store, profile, layers, rootKey, epoch, note },
          image: options.image,
          isPublished: names.includes('raw'),
          seed: diskSeed,
        });

  function inputsOf(
    format: OutputFormat,
    composed: ComposeResult | undefined,
  ): OutputInputs | undefined {
    const source = format.source === 'disk' ? composed?.contentSha256 : options.tarballSha256();
    if (source === undefined || source === '') return undefined;
    // Nobody has asked for the versions of tools that are opened for the format only.
    if (format.usesTools && composed === undefined) return undefined;
    const tools = [...layers().tools, ...(composed?.versions ?? [])];
    return { source, image: imageOfProfile(profile), epoch: epoch(), seed, tools };
  }

  return {
    // Kernel and initramfs are copied while a disk is made.
    takeDisk: names.includes('kernel') ? undefined : disk?.take,
    async takeOutput(format, composed) {
      const inputs = inputsOf(format, composed);
      if (inputs === undefined || layers().freshness === 'refresh') return undefined;
      const artifacts = await outputs.take(format, inputs, options.directory);
      if (artifacts !== undefined) taken.add(format.name);
      return artifacts;
    },
    async keep(made, composed) {
      for (const [name, artifacts] of made) {
        if (taken.has(name)) continue;
        const format = outputFormat(name);
        const inputs = inputsOf(format, composed);
        if (inputs !== undefined) await outputs.keep(profile.name, format, inputs, artifacts);
      }
      if (disk !== undefined && composed !== undefined && !composed.isTaken)
        await disk.keep(composed);
    },
  };
}
