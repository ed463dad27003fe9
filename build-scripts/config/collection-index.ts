import path from 'node:path';
import { exists, listDirectory, readText } from '../host/read-files.ts';
import type { Collection } from './collection.ts';
import { DiagnosticList, type Location } from './diagnostics.ts';
import { closest } from './did-you-mean.ts';
import { loadCollection } from './load-collection.ts';
import type { OptionDeclaration } from './option-declaration.ts';
import { displayPath, type SearchPaths } from './search-paths.ts';

const COLLECTION_FOLDERS = ['files', 'hooks', 'tests'];

/** All collections on the search paths by name; each is read when it is first asked for. */
export class CollectionIndex {
  private readonly directories = new Map<string, string>();
  private readonly loaded = new Map<string, Collection | undefined>();
  private readonly peeked = new Map<string, Collection | undefined>();
  private readonly paths: SearchPaths;

  constructor(paths: SearchPaths) {
    this.paths = paths;
    for (const folder of paths.collections) this.discover(folder, '');
  }

  private discover(folder: string, prefix: string): void {
    if (!exists(folder)) return;
    const isCollection = exists(path.join(folder, 'collection.yml'));
    for (const entry of listDirectory(folder)) {
      const directory = path.join(folder, entry.name);
      if (entry.name.startsWith('.') || !['directory', 'symlink'].includes(entry.kind)) continue;
      // What a collection consists of is no collection.
      if (isCollection && COLLECTION_FOLDERS.includes(entry.name)) continue;
      // collections/local and other search paths inside this one are not collections of this one
      if (this.paths.collections.includes(directory)) continue;
      const name = `${prefix}${entry.name}`;
      if (exists(path.join(directory, 'collection.yml')) && !this.directories.has(name))
        this.directories.set(name, directory);
      // Links lead to a collection, but no further: they may go round in a circle.
      if (entry.kind === 'directory') this.discover(directory, `${name}/`);
    }
  }

  names(): string[] {
    return [...this.directories.keys()].sort();
  }

  has(name: string): boolean {
    return this.directories.has(name);
  }

  /** @returns undefined when the collection is unusable (its mistakes are reported, once) */
  load(name: string, diagnostics: DiagnosticList): Collection | undefined {
    const directory = this.directories.get(name);
    if (directory === undefined) return undefined;
    if (!this.loaded.has(name))
      this.loaded.set(name, loadCollection(name, directory, this.paths, diagnostics));
    return this.loaded.get(name);
  }

  /** Like {@link load}, but the mistakes of a collection nobody uses stay unreported. */
  peek(name: string): Collection | undefined {
    const directory = this.directories.get(name);
    if (directory === undefined) return undefined;
    if (this.loaded.has(name)) return this.loaded.get(name);
    if (!this.peeked.has(name))
      this.peeked.set(name, loadCollection(name, directory, this.paths, new DiagnosticList()));
    return this.peeked.get(name);
  }

  /** The names that a collection provides. Reads no more than it has to: few provide any. */
  providedBy(name: string): readonly string[] {
    const directory = this.directories.get(name);
    if (directory === undefined) return [];
    try {
      // As a key of the outermost mapping, plain, quoted or in braces.
      if (
        !/(?:^|[{,])\s*["']?provides["']?\s*:/m.test(
          readText(path.join(directory, 'collection.yml')),
        )
      )
        return [];
    } catch {
      // Whoever uses it is told.
      return [];
    }
    return this.peek(name)?.file.provides ?? [];
  }

  /** Every usable collection, for lists, documentation and provided names. */
  all(diagnostics: DiagnosticList): Collection[] {
    return this.names()
      .map((name) => this.load(name, diagnostics))
      .filter((collection) => collection !== undefined);
  }

  /** Folders given with --collections or MKIMAGE_COLLECTIONS_PATH that do not exist. */
  reportMissingFolders(diagnostics: DiagnosticList): void {
    for (const { folder, by } of this.paths.required ?? []) {
      if (exists(folder)) continue;
      diagnostics.add({
        message: `there is no folder ${displayPath(folder, this.paths)}`,
        hint: `${by} names folders that hold collections`,
        where: by === '--collections' ? 'command line' : 'environment',
      });
    }
  }

  /** The declaration of an option, whichever collection on the search paths it belongs to. */
  declaration(option: string): OptionDeclaration | undefined {
    return this.names()
      .map((name) => this.peek(name)?.file.options?.[option])
      .find((declaration) => declaration !== undefined);
  }

  reportMissing(name: string, at: Location | undefined, diagnostics: DiagnosticList): void {
    const provided = this.names().flatMap((own) => this.providedBy(own));
    const match = closest(name, [...this.names(), ...provided]);
    const tried = this.paths.collections.map((folder) =>
      displayPath(path.join(folder, name), this.paths),
    );
    diagnostics.add({
      message: `there is no collection "${name}"`,
      hint: `${match === undefined ? '' : `did you mean "${match}"?\n`}searched: ${tried.join('\n          ')}`,
      at,
      where: at === undefined ? 'command line' : undefined,
    });
  }
}
