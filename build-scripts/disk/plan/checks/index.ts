import type { DiskFile } from '../../../config/disk-schema.ts';
import type { PlanContext } from '../context.ts';
import { kindOf } from '../nodes/index.ts';
import { walk } from '../walk.ts';
import { checkBoot } from './boot.ts';
import { checkIdentities, checkVolumeKeyFiles } from './identities.ts';
import { checkMounts } from './mounts.ts';
import { checkNames } from './names.ts';
import { checkCount } from './sizes.ts';

/** Reports everything that is wrong with a layout apart from its sizes. */
export function checkLayout(disk: DiskFile, context: PlanContext): void {
  checkCount(disk, context);
  checkNames(disk, context);
  checkMounts(disk, context);
  checkBoot(disk, context);
  checkIdentities(disk, context);
  checkVolumeKeyFiles(disk, context);
  for (const { node, here } of walk(disk)) {
    kindOf(node).check?.(node, here, context);
    const parent = here.ancestors.at(-1);
    const reason = parent && kindOf(parent).refuses?.(node);
    if (parent !== undefined && reason !== undefined)
      context.mistake(
        [...here.path, 'type'],
        `${node.type} can not lie directly in ${parent.type}: ${reason}`,
      );
  }
}
