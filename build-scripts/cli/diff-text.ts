import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { sizeChange, type PackageChange } from '../compare/compare-packages.ts';
import type { ListChange, OptionChange, ValueChange } from '../compare/compare-values.ts';
import type { SizeChange } from '../compare/compare-images.ts';
import { formatBytes } from '../host/format.ts';
import { diskValues } from './diff-disk-text.ts';
import { filesSection } from './diff-files-text.ts';
import type { Diff } from './diff.ts';
import type { Compared } from './find-compared.ts';
import { showValue, table } from './text.ts';

/** Longer values are taken apart, or shown one below the other. */
const LONG = 70;
/** More lines of one kind nobody reads. */
const MOST_PACKAGES = 40;
/** Smaller changes of a package's size are not worth a word. */
const BIG = 100_000;

/** The comparison for people. @param all every option and file, also where there are many */
export function comparisonText(diff: Diff, all: boolean): string[] {
  const { comparison } = diff;
  const sections = [
    section('settings', valueRows(comparison.settings ?? [])),
    section('collections', listRows(comparison.collections)),
    section('outputs', listRows(comparison.outputs)),
    section('options', optionRows(comparison.options ?? [], all)),
    section('disk', valueRows((comparison.disk ?? []).map(diskValues))),
    section(packagesTitle(comparison.packages), packageRows(comparison.packages, all)),
    filesSection(comparison, all),
    section('sizes', table(comparison.sizes.map(sizeRow))),
    section('published files', artifactRows(diff)),
    section('notes', notes(diff)),
  ];
  return [
    ...table([imageRow('A', diff.a), imageRow('B', diff.b)]),
    ...sections.flat(),
    ...(comparison.equal ? ['', 'no difference'] : []),
  ];
}

function imageRow(letter: string, { name, manifest, file }: Compared): string[] {
  const built = manifest?.built.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
  const relative = path.relative('', file);
  const shown = relative.length < file.length ? relative : file;
  return [letter, name, built === undefined ? 'no manifest' : `built ${built}`, shown];
}

/** Nothing when there are no lines. */
export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function valueRows(changes: readonly ValueChange[]): string[] {
  return blocks(changes.map(({ name, a, b }) => ({ head: [name], a, b, tail: '' })));
}

function optionRows(changes: readonly OptionChange[], all: boolean): string[] {
  const shown = changes.filter(({ isDefault }) => all || !isDefault);
  const lines = blocks(
    shown.map(({ name, change, a, b }) => ({
      head: [change, name],
      only: change === 'changed' ? undefined : showValue((b ?? a)?.value),
      a: a?.value,
      b: b?.value,
      tail: originOf(a?.origin, b?.origin),
    })),
  );
  const hidden = (change: OptionChange['change']): number =>
    all ? 0 : changes.filter((one) => one.isDefault && one.change === change).length;
  for (const change of ['added', 'removed'] as const) {
    const count = hidden(change);
    if (count > 0)
      lines.push(
        `${change}, with their default values: ${count} more ${count === 1 ? 'option' : 'options'} (--all)`,
      );
  }
  return lines;
}

/** Where the present value comes from; and the former one, if that is said nowhere else. */
function originOf(a: string | undefined, b: string | undefined): string {
  return b !== undefined ? `from ${b}` : a === undefined ? '' : `was from ${a}`;
}

interface Block {
  readonly head: readonly string[];
  readonly a: unknown;
  readonly b: unknown;
  /** Shown instead of both, for what is on one side only. */
  readonly only?: string | undefined;
  readonly tail: string;
}

/** Short values as rows of one table; long ones below their names. */
function blocks(changes: readonly Block[]): string[] {
  const rows = changes.map(({ head, a, b, only: single, tail }) => {
    const parts = single === undefined ? valueParts(a, b) : [single];
    const [only = ''] = parts.length === 1 ? parts : [];
    return { cells: [...head, ...(only === '' && tail === '' ? [] : [only, tail])], parts };
  });
  const lines = table(rows.map(({ cells }) => cells));
  return lines.flatMap((line, i) => {
    const parts = rows[i]?.parts ?? [];
    return parts.length === 1 ? [line] : [line, ...parts.map((part) => `    ${part}`)];
  });
}

/** `old → new`; of lists and maps what was added (`+`) and removed (`-`). */
function valueParts(a: unknown, b: unknown): string[] {
  const line = `${showValue(a)} → ${showValue(b)}`;
  if (line.length <= LONG) return [line];
  if (Array.isArray(a) && Array.isArray(b)) {
    const without = (one: unknown[], other: unknown[]): unknown[] =>
      one.filter((item) => !other.some((twin) => isDeepStrictEqual(item, twin)));
    const parts = [
      ...without(a, b).map((item) => `- ${showValue(item)}`),
      ...without(b, a).map((item) => `+ ${showValue(item)}`),
    ];
    return parts.length > 0 ? parts : [`the same in another order: ${showValue(b)}`];
  }
  if (isMap(a) && isMap(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .filter((key) => !isDeepStrictEqual(a[key], b[key]))
      .flatMap((key) => [
        ...(key in a ? [`- ${key}: ${showValue(a[key])}`] : []),
        ...(key in b ? [`+ ${key}: ${showValue(b[key])}`] : []),
      ]);
  }
  return [`- ${showValue(a)}`, `+ ${showValue(b)}`];
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function listRows(list: ListChange | undefined): string[] {
  if (list === undefined) return [];
  const { added, removed, reordered } = list;
  return [
    ...added.map((name) => `added    ${name}`),
    ...removed.map((name) => `removed  ${name}`),
    ...(reordered ? [`order    ${reordered.a.join(', ')} → ${reordered.b.join(', ')}`] : []),
  ];
}

const PACKAGE_CHANGES = ['added', 'removed', 'upgraded', 'downgraded', 'rebuilt'] as const;

function packagesTitle(changes: readonly PackageChange[]): string {
  const counts = PACKAGE_CHANGES.map(
    (name) => [name, changes.filter(({ change }) => change === name).length] as const,
  );
  const told = counts.filter(([, count]) => count > 0).map(([name, count]) => `${count} ${name}`);
  return `packages: ${told.join(', ')}`;
}

function packageRows(changes: readonly PackageChange[], all: boolean): string[] {
  const rows = PACKAGE_CHANGES.flatMap((kind) => {
    const ofKind = changes.filter(({ change }) => change === kind);
    const shown = all ? ofKind : ofKind.slice(0, MOST_PACKAGES);
    const more = ofKind.length - shown.length;
    return [
      ...shown.map((change) => [kind, change.name, versions(change), bigSize(change)]),
      ...(more > 0 ? [[kind, `… ${more} more (--all)`]] : []),
    ];
  });
  return table(rows);
}

function versions({ change, a, b }: PackageChange): string {
  if (change === 'rebuilt') return `${a?.architecture ?? ''} → ${b?.architecture ?? ''}`;
  return [a?.version, b?.version].filter((version) => version !== undefined).join(' → ');
}

function bigSize(change: PackageChange): string {
  const bytes = sizeChange(change) ?? 0;
  return Math.abs(bytes) < BIG ? '' : signedBytes(bytes);
}

const signedBytes = (bytes: number): string =>
  `${bytes < 0 ? '-' : '+'}${formatBytes(Math.abs(bytes))}`;

const sizeRow = ({ name, a, b }: SizeChange): string[] => [
  name,
  `${formatBytes(a)} → ${formatBytes(b)}`,
  signedBytes(b - a),
];

/** Files that only one of them has; bits that differ although the time of the build is the same. */
function artifactRows({ comparison }: Diff): string[] {
  return table(
    comparison.artifacts.flatMap(({ name, a, b }) => {
      if (a === undefined) return [['added', name]];
      if (b === undefined) return [['removed', name]];
      return comparison.onlyBits
        ? [['changed', name, 'other bits, built for the same time: times of files, or the packing']]
        : [];
    }),
  );
}

/** What is worth knowing, and no difference of the images. */
function notes({ a, b, comparison, notCompared }: Diff): string[] {
  const { tools, warnings, sameTime, artifacts, equal } = comparison;
  const bare = [a, b].filter(({ manifest }) => manifest === undefined);
  const unlike = artifacts.filter((change) => change.a && change.b).map(({ name }) => name);
  return [
    ...bare.map(
      ({ file }) => `no manifest beside ${file}: settings, options and collections not compared`,
    ),
    ...notCompared.map((why) => `files not compared: ${why}`),
    ...(equal && !sameTime && unlike.length > 0
      ? [`not the same bits, as they were built at different times: ${unlike.join(', ')}`]
      : []),
    ...tools.map(
      (tool) => `built with another ${tool.name}: ${showValue(tool.a)} → ${showValue(tool.b)}`,
    ),
    ...warnings.added.map((text) => `new warning: ${text}`),
    ...warnings.removed.map((text) => `no longer a warning: ${text}`),
  ];
}
