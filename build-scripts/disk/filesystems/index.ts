import { btrfs } from './btrfs.ts';
import { ext4 } from './ext4.ts';
import type { FileSystem, FileSystemPlan, MakeRequest, VerifyRequest } from './file-system.ts';
import { withCopyOfRange } from './scratch-file.ts';
import { swap } from './swap.ts';
import { vfat } from './vfat.ts';

export const FILE_SYSTEMS: {
  readonly [T in FileSystemPlan['type']]: FileSystem<T>;
} = { btrfs, ext4, swap, vfat };

/** The record of a node's type, typed for that node. */
function fileSystemOf<Plan extends FileSystemPlan>(node: Plan): FileSystem<Plan['type']> {
  return FILE_SYSTEMS[node.type] as unknown as FileSystem<Plan['type']>;
}

/**
 * Makes a file system in its space. One that cannot be found again afterwards, because its space is
 * encrypted, is checked before it goes there.
 * @throws UserError when the content does not fit or cannot be in such a file system
 * @throws CommandError
 */
export async function makeFileSystem(request: MakeRequest): Promise<void> {
  await fileSystemOf(request.node).make(request);
}

/**
 * Checks a finished file system with the tool made for it.
 * @returns the check that was done
 * @throws CommandError when the tool finds something
 */
export async function verifyFileSystem(
  node: FileSystemPlan,
  request: VerifyRequest,
): Promise<string> {
  const { verifiesInPlace, verify, check } = fileSystemOf(node);
  if (verifiesInPlace) await verify(request);
  else await withCopyOfRange(request, (path) => verify({ ...request, path, offset: 0 }));
  return check;
}
