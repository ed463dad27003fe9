import type { DiskFile, DiskNode } from '../../../config/disk-schema.ts';
import { inside, insidePartition, insideVolume, type Here, type PlanContext } from '../context.ts';

/** YAML aliases can make a node contain itself, or a tree that no memory holds. */
const DEEPEST = 12;
const MOST_NODES = 2000;

/** Reports a layout without an end; nothing else may look at it then. */
export function checkEndless(disk: DiskFile, context: PlanContext): void {
  const seen = { nodes: 0, isEndless: false };
  const visit = (node: DiskNode, here: Here): void => {
    seen.nodes++;
    if (seen.isEndless || seen.nodes > MOST_NODES) return;
    if (here.ancestors.length >= DEEPEST) {
      seen.isEndless = true;
      context.mistake(
        here.path,
        `more than ${DEEPEST} layers lie in each other`,
        'does a node contain itself, by a YAML alias?',
      );
    } else if (node.type === 'raid1' || node.type === 'luks')
      visit(node.content, inside(node, here));
    else if (node.type === 'lvm')
      node.volumes.forEach(({ content }, index) => {
        visit(content, insideVolume(node, here, index));
      });
  };
  disk.partitions.forEach(({ name, content }, index) => {
    visit(content, insidePartition(name, index));
  });
  if (seen.nodes > MOST_NODES && !seen.isEndless)
    context.mistake(
      ['partitions'],
      `the layout has more than ${MOST_NODES} nodes`,
      undefined,
      'key',
    );
}
