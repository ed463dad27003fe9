import { rm } from 'node:fs/promises';
import path from 'node:path';
import { digest } from './cache/inputs.ts';
import { copyData } from './cache/entry-data.ts';
import { DamagedEntry, type Entry, type Store } from './cache/store.ts';
import { fileKey, type Artifact, type ImageFacts, type OutputFormat } from './outputs/output.ts';

/** What decides about the files of a format, beside the format. */
export interface OutputInputs {
  /** The disk's {@link contentHash}, or the checksum of the root's tarball. */
  readonly source: string;
  readonly image: ImageFacts;
  readonly epoch: number;
  readonly seed: string;
  /** This program, and what it calls: name and version. */
  readonly tools: readonly (readonly [string, string])[];
}

/** What a later build finds again of a file. */
type FileMeta = readonly Pick<Artifact, 'name' | 'extension' | 'sha256'>[];

const keyOf = (format: OutputFormat, inputs: OutputInputs): string =>
  digest('files of a format', format.name, inputs);

/** Converted formats in the cache: an entry for each file, of which the first names the others. */
export class CachedOutputs {
  private readonly store: Store;
  private readonly note: (text: string) => void;

  constructor(store: Store, note: (text: string) => void) {
    this.store = store;
    this.note = note;
  }

  /** @returns copies in `folder` of the files that were made from the same; undefined without */
  async take(
    format: OutputFormat,
    inputs: OutputInputs,
    folder: string,
  ): Promise<readonly Artifact[] | undefined> {
    if (format.isQuick === true) return undefined;
    const key = keyOf(format, inputs);
    const first = await this.store.find('image', digest(key, 0));
    if (first === undefined) return undefined;
    const files = first.meta as FileMeta;
    const entries = await Promise.all(
      files.map((_, index) => this.store.find('image', digest(key, index))),
    );
    const artifacts: Artifact[] = [];
    for (const [index, file] of files.entries()) {
      const entry = entries[index];
      const target = path.join(folder, fileKey(file));
      artifacts.push({ ...file, path: target, bytes: entry?.bytes ?? 0 });
      if (entry !== undefined && (await this.copy(entry, target))) continue;
      // All of them are made anew.
      await Promise.all(artifacts.map((artifact) => rm(artifact.path, { force: true })));
      return undefined;
    }
    return artifacts;
  }

  private async copy(entry: Entry, target: string): Promise<boolean> {
    try {
      await this.store.copy(entry, target);
      return true;
    } catch (error) {
      if (!(error instanceof DamagedEntry)) throw error;
      this.note(`${error.message}; it is made anew`);
      await this.store.remove(entry);
      return false;
    }
  }

  /**
   * As many of the files as there is room for.
   * @param what for people: the profile
   */
  async keep(
    what: string,
    format: OutputFormat,
    inputs: OutputInputs,
    artifacts: readonly Artifact[],
  ): Promise<void> {
    if (format.isQuick === true) return;
    const key = keyOf(format, inputs);
    const meta: FileMeta = artifacts.map(({ name, extension, sha256 }) => ({
      name,
      extension,
      sha256,
    }));
    for (const [index, { path: file, bytes, sha256 }] of artifacts.entries()) {
      if (sha256 === undefined) return;
      await this.store.add(
        { kind: 'image', key: digest(key, index), what, meta },
        async (target) => {
          await copyData('image', file, target);
          return { bytes, sha256 };
        },
      );
    }
  }
}
