import type { ValueChange } from '../compare/compare-values.ts';

type Json = Readonly<Record<string, unknown>>;

const MIB = 1024 ** 2;

/** Sizes in MiB where they are, and nodes of the disk in a few words. */
export function diskValues({ name, a, b }: ValueChange): ValueChange {
  const isSize = /(^|\.)\w*[sS]ize$/.test(name);
  const shown = (value: unknown): unknown =>
    isSize && typeof value === 'number' ? sizeText(value) : isNode(value) ? nodeText(value) : value;
  return { name, a: shown(a), b: shown(b) };
}

const isNode = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sizeText = (bytes: number): string =>
  bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`;

/** `1024 MiB, raid1 boot > ext4 /boot`; of a whole disk its partitions. */
function nodeText(node: Json): string {
  const { size, table, content, volumes, partitions } = node;
  const inner = [content, ...listOf(volumes), ...listOf(partitions)].filter(isNode);
  // The type of a partition is a number that nobody knows; that of a disk is its table.
  const kind = typeof node.number === 'number' ? undefined : node.type;
  const words = [table, isPlain(kind) ? kind : undefined, node.name, node.mount].filter(isPlain);
  const own = [
    typeof size === 'number' && (table !== undefined || content !== undefined)
      ? sizeText(size)
      : '',
    words.join(' '),
  ];
  const text = own.filter((part) => part !== '').join(', ');
  if (inner.length === 0) return text;
  const below = inner.map(nodeText).join('; ');
  return inner.length === 1 ? `${text} > ${below}` : `${text} (${below})`;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const isPlain = (value: unknown): value is string => typeof value === 'string';
