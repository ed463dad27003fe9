/** One option of the reference builder, and what became of it. */
export interface ReferenceOption {
  readonly name: string;
  readonly area: Area;
  /** What the reference takes when a profile does not say. Without: it has to be given. */
  readonly default?: string;
  /** Our options, settings, collections, and keys of profiles such as `packages`; none: it is gone. */
  readonly ours: readonly string[];
  /** How a value is carried over to the first of `ours`. Without, a rule (rules/) does it. */
  readonly as?: Conversion;
  /** Options of the reference that have to be 1, or this one has no effect there. */
  readonly needs?: readonly string[];
  /** The default is written when a profile does not say: ours is another. */
  readonly implied?: true;
  /** What is different with us, or why it is gone. */
  readonly note?: string;
  /** Values that need nothing: mkimage does the same anyway. */
  readonly same?: readonly string[];
  /** Its old name. */
  readonly formerly?: string;
}

export const AREAS = {
  build: 'Build',
  users: 'Users',
  ssh: 'SSH server',
  packages: 'Packages',
  system: 'System',
  boot: 'Kernel and boot',
  network: 'Network',
  sinkhole: 'Sinkhole routes',
  hardware: 'Hardware',
  vm: 'Virtual machines',
  nftables: 'Packet filter',
  upgrades: 'Unattended upgrades',
  nginx: 'nginx',
} as const;
export type Area = keyof typeof AREAS;

/**
 * - text: as it is; an empty one unsets nothing and is left out
 * - boolean: 1 or 0
 * - integer: a number
 * - words: a list, separated by blanks: a comma may be part of a word
 * - list: the same, separated by blanks or commas
 * - size: with a unit, which becomes a capital letter
 * - time: HH:MM
 * - proxy: an address, to which http:// is added when it has no scheme
 */
export type Conversion =
  'text' | 'boolean' | 'integer' | 'words' | 'list' | 'size' | 'time' | 'proxy';

/** A collection of the reference. */
export interface ReferenceCollection {
  readonly name: string;
  /** Ours; none: see the note. */
  readonly ours: readonly string[];
  /** Those that it depends on. */
  readonly requires?: readonly string[];
  /** What ours has to be told in addition. */
  readonly asks?: string;
  /** The options that it sets. */
  readonly sets?: Readonly<Record<string, string>>;
  readonly note?: string;
}

/** Anything else of the reference: a command, a file, a key. */
export interface ReferenceFeature {
  readonly area: string;
  readonly name: string;
  /** What takes its place here, as Markdown. */
  readonly ours: string;
}
