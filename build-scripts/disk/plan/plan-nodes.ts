import type { DiskPlan, NodePlan } from '../disk-plan.ts';

/** All nodes of a plan, each before what lies in it, in their order on the disk. */
export const nodesOf = (plan: DiskPlan): NodePlan[] =>
  plan.partitions.flatMap(({ content }) => withContents(content));

function withContents(node: NodePlan): NodePlan[] {
  switch (node.type) {
    case 'raid1':
    case 'luks':
      return [node, ...withContents(node.content)];
    case 'lvm':
      return [node, ...node.volumes.flatMap(({ content }) => withContents(content))];
    default:
      return [node];
  }
}
