import type { RunOptions, RunResult } from '../../host/process.ts';

/**
 * Runs a program of the disk tools, wherever they are: those of the host, or in the tools tree.
 * Paths in argv are what that program sees.
 * @throws CommandError when it fails
 */
export type RunTool = (
  argv: readonly string[],
  options?: Pick<RunOptions, 'env' | 'input' | 'onLine' | 'signal' | 'capture' | 'log'>,
) => Promise<RunResult>;
