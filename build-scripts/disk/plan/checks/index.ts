import type { DiskFile } from '../../../config/disk-schema.ts';
import type { PlanContext } from '../context.ts';
import { kindOf } from '../nodes/index.ts';
import { walk } from '../walk.ts';

/** Reports everything that is wrong with a layout whatever its sizes are. */
export function checkLayout(disk: DiskFile, context: PlanContext): void {
  for (const { node, here } of walk(disk)) kindOf(node).check?.(node, here, context);
}
