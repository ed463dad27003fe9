import type { DiskNode } from '../../../config/disk-schema.ts';
import type { NodePlan } from '../../disk-plan.ts';
import type { Here, PlanContext, Range } from '../context.ts';

export type NodeType = DiskNode['type'];
export type NodeOf<T extends NodeType> = Extract<DiskNode, { type: T }>;
export type PlanOf<T extends NodeType> = Extract<NodePlan, { type: T }>;

/** What the planner has to know about a type of node. */
export interface NodeKind<T extends NodeType> {
  readonly type: T;
  /** Reports what is wrong with the node itself, whatever its size. */
  check?(node: NodeOf<T>, here: Here, context: PlanContext): void;
  /** Why a node can not lie directly in this one; undefined: it can. */
  refuses?(content: DiskNode): string | undefined;
  /** Bytes for its content, headroom and own metadata. */
  needs(node: NodeOf<T>, here: Here, context: PlanContext): number;
  /** Decides the node for a range; reports when the range is too small. */
  place(node: NodeOf<T>, here: Here, range: Range, context: PlanContext): PlanOf<T>;
}
