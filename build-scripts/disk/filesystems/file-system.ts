import type { NodePlan } from '../disk-plan.ts';
import type { Space } from '../space/space.ts';
import type { ToolRunner } from '../tool-runner.ts';

export type FileSystemPlan = Extract<NodePlan, { type: 'vfat' | 'ext4' | 'btrfs' | 'swap' }>;
export type FileSystemPlanOf<T extends FileSystemPlan['type']> = Extract<
  FileSystemPlan,
  { type: T }
>;

/** A type of file system: how it is made and checked. One file each, listed in index.ts. */
export interface FileSystem<T extends FileSystemPlan['type']> {
  readonly type: T;
  /**
   * Makes the file system in its space; see {@link makeFileSystem}.
   * @throws UserError when the content does not fit or cannot be in such a file system
   * @throws CommandError
   */
  readonly make: (request: MakeRequest<FileSystemPlanOf<T>>) => Promise<void>;
  /** How the official tool says that it is sound: `e2fsck -fn`. */
  readonly check: string;
  /** Runs that tool. @throws CommandError when it finds something */
  readonly verify: (request: VerifyRequest) => Promise<void>;
  /** The tool can look at a part of a file; otherwise it gets a copy. */
  readonly verifiesInPlace: boolean;
}

interface Surroundings {
  readonly tools: ToolRunner;
  /** For temporary files as large as a file system, but sparse; seen by the tools and from here. */
  readonly scratch: string;
}

export interface MakeRequest<Plan extends FileSystemPlan = FileSystemPlan> extends Surroundings {
  readonly node: Plan;
  /** What goes in; in the sandbox. For btrfs with subvolumes they are its entries. Swap: none. */
  readonly directory?: string | undefined;
  /** As large as the node, and not written to yet. */
  readonly space: Space;
  /** Bytes copied into the space so far, out of all that will be; not for what is made in place. */
  readonly onProgress?: ((copied: number, total: number) => void) | undefined;
  /** Ends the copying. */
  readonly signal?: AbortSignal | undefined;
}

export interface VerifyRequest extends Surroundings {
  /** A file that holds the file system, as the tools see it. */
  readonly path: string;
  /** Where in the file it starts, bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}
