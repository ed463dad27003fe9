import type { DiskFile } from '../../../config/disk-schema.ts';
import type { PlanContext } from '../context.ts';
import { walk } from '../walk.ts';

/**
 * Keeps the identities that the layout gives from being derived for another node, and reports those
 * that are there twice. Has to come before anything is derived.
 */
export function checkIdentities(disk: DiskFile, context: PlanContext): void {
  for (const { node, here } of walk(disk)) {
    if (!('uuid' in node) || node.uuid === undefined) continue;
    const at = [...here.path, 'uuid'];
    if (/^[0-]+$/.test(node.uuid))
      context.mistake(at, 'an identity of zeros means that there is none');
    else if (!context.identities.claim(node.uuid))
      context.mistake(
        at,
        `two nodes have the identity ${node.uuid}`,
        'leave one out, then it is derived from the seed',
      );
  }
}
