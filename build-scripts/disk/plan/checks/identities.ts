import path from 'node:path';
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

/** Reports volume keys that are there twice: with AES-XTS, equal blocks would show as equal. */
export function checkVolumeKeyFiles(disk: DiskFile, context: PlanContext): void {
  /** By the absolute path; the line of the first one. */
  const lines = new Map<string, number | undefined>();
  for (const { node, here } of walk(disk)) {
    const given = node.type === 'luks' ? node['volume-key']?.file : undefined;
    if (given === undefined) continue;
    const at = [...here.path, 'volume-key'];
    const file = path.resolve(context.folder, given);
    if (!lines.has(file)) {
      lines.set(file, context.locate(at)?.line);
      continue;
    }
    const line = lines.get(file);
    context.mistake(
      at,
      `two LUKS have the same volume key: ${given}`,
      `make a file for each${line === undefined ? '' : `; the first one is in line ${line}`}`,
    );
  }
}
