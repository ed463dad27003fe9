import type { NodeOrigin } from './disk-plan.ts';

/** A node in messages about its secrets: `disk.yml:7 (partitions[1].content)`. */
export const nodePlace = ({ at, path }: NodeOrigin): string =>
  at === undefined ? path : `${at.file}:${at.line} (${path})`;
