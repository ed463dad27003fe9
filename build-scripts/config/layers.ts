import type { Location } from './diagnostics.ts';

/** What kind of layer gave a value, from the lowest precedence to the highest. */
export type OriginKind =
  | 'built-in default'
  | 'collection default'
  | 'collection'
  | 'site defaults'
  | 'profile'
  | 'command line';

/** Where a value comes from. */
export interface Origin {
  readonly kind: OriginKind;
  /** Collection or profile name. */
  readonly name?: string | undefined;
  readonly at?: Location | undefined;
}

/** A value with every layer that took part in it; the last one decided (or appended last). */
export interface Resolved<T> {
  readonly value: T;
  readonly origins: readonly Origin[];
}

/** `profiles/x.yml:12`, `--set`, or the name of the layer. */
export function formatOrigin(origin: Origin): string {
  if (origin.kind === 'command line') return 'command line (--set)';
  if (origin.at !== undefined) return `${origin.at.file}:${origin.at.line} (${origin.kind})`;
  return origin.name === undefined ? origin.kind : `${origin.kind} of ${origin.name}`;
}
