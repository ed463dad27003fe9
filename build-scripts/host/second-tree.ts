import path from 'node:path';
import type { BuildLog } from './build-log.ts';
import type { Sandbox } from './sandbox.ts';

/** Bytes of memory that others have when a tree is there twice. */
const SPARE_MEMORY = 3 * 1024 ** 3;

/** A copy of a tree, to be read while the tree changes. */
export interface SecondTree {
  /** Absolute path in the sandbox. */
  readonly path: string;
  /** Gives the memory back; nobody needs to wait for it, and it never fails. */
  readonly remove: () => Promise<void>;
}

/**
 * Copies a tree within a sandbox that is in memory.
 * @param name of the copy, which is not there yet
 * @returns undefined where that is no gain: on a disk, or with little memory
 * @throws CommandError
 */
export async function secondTree(
  root: string,
  name: string,
  sandbox: Sandbox,
  log: BuildLog,
): Promise<SecondTree | undefined> {
  if (!sandbox.inMemory) return undefined;
  const measure = ['du', '--summarize', '--block-size=1', '--one-file-system', root];
  const { stdout } = await sandbox.run(measure, { log });
  if (process.availableMemory() < 2 * Number.parseInt(stdout, 10) + SPARE_MEMORY) return undefined;
  const copy = path.join(sandbox.tree, name);
  await sandbox.run(['cp', '--archive', '--one-file-system', '--', root, copy], { log });
  return {
    path: copy,
    async remove() {
      await sandbox
        .run(['rm', '-rf', '--one-file-system', '--', copy], { log })
        .catch(() => undefined);
    },
  };
}
