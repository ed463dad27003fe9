/** Bytes. */
export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;
export const TIB = 1024 * GIB;

/** A size of disk.yml, parsed. */
export type SizeSpec =
  | { readonly kind: 'bytes'; readonly bytes: number }
  /** Of the space that the parent offers. */
  | { readonly kind: 'percent'; readonly percent: number }
  /** What the siblings leave. */
  | { readonly kind: 'rest' }
  /** Content and headroom. */
  | { readonly kind: 'auto' };

const UNITS: Readonly<Record<string, number>> = { K: KIB, M: MIB, G: GIB, T: TIB };

/**
 * @param text as the schema accepts it: `512M`, `1.5G`, `50%`, `rest`, `auto`
 * @returns bytes as written, maybe with a fraction: the caller rounds to what it can give
 */
export function parseSize(text: string): SizeSpec {
  if (text === 'rest' || text === 'auto') return { kind: text };
  if (text.endsWith('%')) return { kind: 'percent', percent: Number(text.slice(0, -1)) };
  // Units are powers of two: the product is exact.
  return { kind: 'bytes', bytes: Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? NaN) };
}

export const alignUp = (bytes: number, unit: number): number => Math.ceil(bytes / unit) * unit;
export const alignDown = (bytes: number, unit: number): number => Math.floor(bytes / unit) * unit;

const SHOWN_UNITS = [
  [TIB, 'TiB'],
  [GIB, 'GiB'],
  [MIB, 'MiB'],
  [KIB, 'KiB'],
] as const;

/** To the byte, in the largest unit without a fraction: `256 MiB`, `136 KiB`. */
export function exactSize(bytes: number): string {
  for (const [unit, name] of SHOWN_UNITS)
    if (bytes >= unit && bytes % unit === 0) return `${bytes / unit} ${name}`;
  return bytes === 0 ? '0' : `${bytes} B`;
}

/** For sentences: `1.2 GiB`, `60 MiB`. Units as disk.yml counts, not decimal ones. */
export function roughSize(bytes: number): string {
  const [unit, name] = SHOWN_UNITS.find(([size]) => bytes >= size) ?? [KIB, 'KiB'];
  return `${(bytes / unit).toFixed(1).replace(/\.0$/, '')} ${name}`;
}

/** What has to be added at least, in whole MiB so that it can be written down: `205 MiB`. */
export const missingSize = (bytes: number): string => `${Math.ceil(bytes / MIB)} MiB`;
