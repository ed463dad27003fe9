import type { FileAspect, FileChange } from '../compare/compare-files.ts';
import type { ImageComparison } from '../compare/compare-images.ts';
import type { RootEntry } from '../compare/root-contents.ts';
import {
  countsOf,
  summarizeFiles,
  type Counts,
  type FileLine,
} from '../compare/summarize-files.ts';
import { formatBytes } from '../host/format.ts';
import { table } from './text.ts';

/** More lines than that nobody reads. */
const MOST_LINES = 40;

/** Changed files: those that nothing else explains one by one, the others by their number. */
export function filesSection(comparison: ImageComparison, all: boolean): string[] {
  const { files, sameRoot } = comparison;
  if (files === undefined) {
    return sameRoot === false
      ? ['', 'files', '  not compared, but the root file systems are not the same (SHA-256)']
      : [];
  }
  if (files.length === 0) return [];
  const changed = new Set(comparison.packages.map(({ name }) => name));
  const summary = all
    ? { groups: [], lines: files.map((file) => ({ kind: 'file', file }) as const) }
    : summarizeFiles(files, changed, MOST_LINES);
  const lines = table(summary.lines.map(lineCells));
  const explained = table(
    summary.groups.map(({ name, counts }) => [`  ${name}`, countsText(counts)]),
  );
  if (explained.length > 0) {
    const heading = 'of packages that changed (--all lists them):';
    lines.push(
      ...(explained.length > MOST_LINES ? [groupTotal(summary.groups)] : [heading, ...explained]),
    );
  }
  return ['', `files: ${countsText(countsOf(files))}`, ...lines.map((line) => `  ${line}`)];
}

function groupTotal(groups: readonly { readonly counts: Counts }[]): string {
  const total = (key: keyof Counts): number =>
    groups.reduce((sum, { counts }) => sum + counts[key], 0);
  const counts = { added: total('added'), removed: total('removed'), changed: total('changed') };
  return `of ${groups.length} packages that changed: ${countsText(counts)} (--all lists them)`;
}

function countsText(counts: Counts): string {
  return (['added', 'removed', 'changed'] as const)
    .filter((key) => counts[key] > 0)
    .map((key) => `${counts[key]} ${key}`)
    .join(', ');
}

function lineCells(line: FileLine): string[] {
  if (line.kind === 'file') {
    const { file } = line;
    const owner = file.package === undefined ? '' : `(${file.package})`;
    return [file.change, pathText(file), whatChanged(file), owner];
  }
  const { path, whole, counts, bytes } = line;
  if (whole === undefined) return ['', `${printable(`/${path}/`)}…`, countsText(counts)];
  const inside = counts[whole];
  const what =
    inside === 0 ? 'empty' : `${inside} ${inside === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}`;
  return [whole, printable(`/${path}/`), what];
}

function pathText({ path, a, b }: FileChange): string {
  const isFolder = (b ?? a)?.type === 'directory';
  return printable(`/${path}${isFolder && path !== '' ? '/' : ''}`);
}

/** A tarball may come from anywhere: nothing of its names reaches the terminal as a command. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function whatChanged({ change, aspects, a, b }: FileChange): string {
  const only = change === 'added' ? b : change === 'removed' ? a : undefined;
  if (only !== undefined) return entryText(only);
  if (a === undefined || b === undefined) return '';
  return aspects.map((aspect) => aspectText(aspect, a, b)).join(', ');
}

/** What is worth knowing of a file that came or went. */
function entryText(entry: RootEntry): string {
  const facts = [kindText(entry)];
  if ((entry.mode & 0o6000) !== 0) facts.push(`mode ${modeText(entry.mode)}`);
  for (const [name, value] of Object.entries(entry.attributes))
    facts.push(`${attributeName(name)} ${printable(value)}`);
  return facts.filter((fact) => fact !== '').join(', ');
}

function kindText(entry: RootEntry): string {
  switch (entry.type) {
    case 'file':
      return formatBytes(entry.size);
    case 'directory':
      return '';
    case 'symlink':
      return `→ ${printable(entry.target ?? '')}`;
    case 'character device':
    case 'block device':
      return `${entry.type} ${entry.device ?? ''}`;
    case 'FIFO':
    case 'unknown':
      return entry.type;
  }
}

export const modeText = (mode: number): string => mode.toString(8).padStart(4, '0');

function aspectText(aspect: FileAspect, a: RootEntry, b: RootEntry): string {
  const both = (show: (entry: RootEntry) => string): string => `${show(a)} → ${show(b)}`;
  switch (aspect) {
    case 'type':
      return both(({ type, target }) =>
        target === undefined ? type : `${type} to ${printable(target)}`,
      );
    case 'content':
      return a.size === b.size ? 'content' : `content, ${both(({ size }) => formatBytes(size))}`;
    case 'target':
      return both(({ target }) => printable(target ?? ''));
    case 'device':
      return both(({ device }) => device ?? '');
    case 'mode':
      return `mode ${both(({ mode }) => modeText(mode))}`;
    case 'owner':
      return `owner ${both(({ uid, gid }) => `${uid}:${gid}`)}`;
    case 'links':
      return `hard links ${both(({ links }) => String(links))}`;
    default: {
      const name = aspect.slice('attribute '.length);
      return `${attributeName(name)} ${both(({ attributes }) => printable(attributes[name] ?? 'none'))}`;
    }
  }
}

const attributeName = (name: string): string =>
  name === 'security.capability' ? 'capabilities' : printable(name);
