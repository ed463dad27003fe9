import type { RunOptions, RunResult } from '../host/process.ts';

/** Runs disk tools, wherever they come from: the tools tree or the host. */
export interface ToolRunner {
  readonly kind: 'tree' | 'host';
  /**
   * Runs a tool to its end, as uid 0 of the sandbox. It sees the sandbox's workspace and the shared
   * directories at their own paths. Its locale, time zone and SOURCE_DATE_EPOCH are always the same.
   * @throws CommandError like `runCommand`
   */
  readonly run: (argv: readonly string[], options?: ToolOptions) => Promise<RunResult>;
  /** Package (tools tree) or program (host) → version, for the manifest. */
  versions(): Promise<ReadonlyMap<string, string>>;
}

export interface ToolOptions extends Pick<
  RunOptions,
  'env' | 'input' | 'onLine' | 'signal' | 'allowExitCodes' | 'capture' | 'log' | 'logCommand'
> {
  /**
   * Makes mkfs.btrfs and mke2fs give the same bits for the same directory: the text that its random numbers
   * follow from. Without effect on the host's tools, which cannot.
   */
  readonly sameBits?: string | undefined;
}

/** The environment of every tool: nothing of it may depend on the caller. */
export function toolEnvironment(epoch: number): Record<string, string> {
  return {
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    TERM: 'dumb',
    HOME: '/root',
    SOURCE_DATE_EPOCH: String(epoch),
    // mtools refuses disks whose size does not fit the cylinders that no disk has any more.
    MTOOLS_SKIP_CHECK: '1',
  };
}
