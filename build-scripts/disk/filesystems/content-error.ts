import { CommandError, UserError } from '../../host/errors.ts';
import type { NodeOrigin } from '../disk-plan.ts';

/** A node as its author knows it: `disk.yml:7: partitions[1].content`. */
export function placeOf({ path, at }: NodeOrigin): string {
  return at === undefined ? path : `${at.file}:${at.line}: ${path}`;
}

/** What mke2fs, mkfs.btrfs and mcopy say when there is no room for the content. */
const FULL =
  /could not allocate (block|inode)|no space left on device|disk full|ENOSPC|not enough free space/i;
/** But then it is the disk of this host that is full. */
const HOST_FULL = /write error|pwrite/i;

/** Whether a tool failed because the file system that it made is full. */
export function isFullMessage(error: unknown): error is CommandError {
  if (!(error instanceof CommandError)) return false;
  const text = error.lastLines.join('\n');
  return FULL.test(text) && !HOST_FULL.test(text);
}

/** Says which node its content does not fit into. */
export function contentError(
  node: NodeOrigin & { readonly type: string; readonly size: number },
  cause?: CommandError,
): UserError {
  const size = Math.round(node.size / 1024 ** 2);
  return new UserError(
    `${placeOf(node)}: the content does not fit into its ${node.type} of ${size} MiB${cause === undefined ? '' : `\n${cause.message}`}`,
    { hint: 'give it a larger size', cause },
  );
}
