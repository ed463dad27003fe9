import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { dump, load } from 'js-yaml';
import { CollectionIndex } from '../../build-scripts/config/collection-index.ts';
import type { Collection } from '../../build-scripts/config/collection.ts';
import { DiagnosticList } from '../../build-scripts/config/diagnostics.ts';
import type { OptionDeclaration } from '../../build-scripts/config/option-declaration.ts';
import { resolveProfile } from '../../build-scripts/config/resolve-profile.ts';
import type { ResolvedProfile } from '../../build-scripts/config/resolved-profile.ts';
import { searchPaths } from '../../build-scripts/config/search-paths.ts';
import { project } from './needs.ts';

export const fixture = path.join(project, 'test/fixtures/all-options');
const profiles = path.join(fixture, 'profiles');
const paths = searchPaths({ projectDir: project, workingDir: project });

export interface DeclaredOption {
  readonly name: string;
  readonly declaration: OptionDeclaration;
  readonly collection: Collection;
}

/** Of all collections that come with mkimage. */
export function shippedOptions(): DeclaredOption[] {
  const diagnostics = new DiagnosticList();
  const collections = new CollectionIndex(paths).all(diagnostics);
  diagnostics.throwIfAny();
  const local = path.join(project, 'collections/local/');
  return collections
    .filter(({ directory }) => !directory.startsWith(local))
    .flatMap((collection) =>
      Object.entries(collection.file.options ?? {}).map(([name, declaration]) => ({
        name,
        declaration,
        collection,
      })),
    );
}

/** Names of the profiles of the fixture, without ending. */
export const profileNames = (): string[] =>
  readdirSync(profiles)
    .map((file) => path.basename(file, '.yml'))
    .sort();

export const resolveFixture = (name: string): ResolvedProfile =>
  resolveProfile({
    profile: path.join(profiles, `${name}.yml`),
    paths,
    knownOutputs: ['lxc', 'qcow2', 'raw'],
  });

/** What a profile of the fixture itself says about options. */
export function valuesOf(name: string): Record<string, unknown> {
  const file = load(readFileSync(path.join(profiles, `${name}.yml`), 'utf8'));
  return (file as { options: Record<string, unknown> }).options;
}

export const invalidValues = (): Record<string, unknown> =>
  load(readFileSync(path.join(fixture, 'invalid.yml'), 'utf8')) as Record<string, unknown>;

/**
 * What has no other value than its default among `values`: the option itself, and properties of the
 * objects in lists.
 */
export function notSet(
  name: string,
  declaration: OptionDeclaration,
  values: readonly unknown[],
): string[] {
  if (!values.some((value) => !isDeepStrictEqual(value, declaration.default))) return [name];
  const { properties } = declaration.items ?? {};
  const entries = values.flat() as Readonly<Record<string, unknown>>[];
  return Object.entries(properties ?? {}).flatMap(([property, inner]) =>
    notSet(
      `${name}, ${property}`,
      inner,
      entries.map((entry) => entry[property]).filter((value) => value !== undefined),
    ),
  );
}

/** A profile that has the collection and gives its options these values, in `folder`. */
export function resolveWith(
  folder: string,
  collection: string,
  values: Readonly<Record<string, unknown>>,
): ResolvedProfile {
  const file = path.join(folder, `${collection.replaceAll('/', '-')}.yml`);
  const head = `suite: bookworm\narch: amd64\ncollections: [${collection}]\n`;
  // One line for each option.
  const options = dump({ options: values }, { flowLevel: 2, lineWidth: -1 });
  writeFileSync(file, `${head}${options}`);
  return resolveProfile({
    profile: file,
    paths: { ...paths, workingDir: folder },
    knownOutputs: ['lxc'],
  });
}
