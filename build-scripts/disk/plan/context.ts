import type { DiskNode } from '../../config/disk-schema.ts';
import type { Location } from '../../config/diagnostics.ts';
import type { YamlPath } from '../../config/yaml-source.ts';
import type { NodeOrigin, NodePlan } from '../disk-plan.ts';
import type { Identities } from './identities.ts';

/** A partition or logical volume: what has a size. */
export interface Part {
  readonly kind: 'partition' | 'volume';
  /** As shown: `boot`, `vg0/log`. */
  readonly name: string;
  readonly path: YamlPath;
}

/** Where a node stands in the layout. */
export interface Here {
  readonly path: YamlPath;
  /** The layers that it lies in, outermost first. */
  readonly ancestors: readonly DiskNode[];
  /** The partition or volume that it lies in, nearest one. */
  readonly part: Part;
}

/** Bytes, in the parent's address space. */
export interface Range {
  readonly offset: number;
  readonly size: number;
}

/** What the records of the node types work with. */
export interface PlanContext {
  readonly identities: Identities;
  /** Absolute; files named in the layout are relative to it. */
  readonly folder: string;
  /** Bytes to be stored below these mount points. */
  contentOf(mounts: readonly string[]): number;
  /** Reports a mistake at a key or value of the layout. */
  mistake(path: YamlPath, message: string, hint?: string, part?: 'key' | 'value'): void;
  locate(path: YamlPath, part?: 'key' | 'value'): Location | undefined;
  origin(path: YamlPath): NodeOrigin;
  /** Bytes that a node needs for its content and headroom: its size when that is `auto`. */
  needs(node: DiskNode, here: Here): number;
  /** Decides a node and everything in it. */
  place(node: DiskNode, here: Here, range: Range): NodePlan;
}

export const partTitle = (part: Part): string => `${part.kind} "${part.name}"`;

/** `partitions[2].content.volumes[0]` */
export const pathText = (path: YamlPath): string =>
  path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`))
    .join('');

/** The content of a layer. */
export const inside = (node: DiskNode, here: Here): Here => ({
  path: [...here.path, 'content'],
  ancestors: [...here.ancestors, node],
  part: here.part,
});

/** The content of a volume. */
export const insideVolume = (
  node: Extract<DiskNode, { type: 'lvm' }>,
  here: Here,
  index: number,
): Here => {
  const path = [...here.path, 'volumes', index];
  return {
    path: [...path, 'content'],
    ancestors: [...here.ancestors, node],
    part: { kind: 'volume', name: `${node.name}/${node.volumes[index]?.name ?? ''}`, path },
  };
};

/** The content of a partition. */
export const insidePartition = (name: string, index: number): Here => ({
  path: ['partitions', index, 'content'],
  ancestors: [],
  part: { kind: 'partition', name, path: ['partitions', index] },
});
