import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { checkSandboxHost } from '../../../build-scripts/host/sandbox-host.ts';
import type { Sandbox } from '../../../build-scripts/host/sandbox.ts';
import { openHostTools, type ToolPurpose } from '../../../build-scripts/disk/host-tools.ts';
import type { ToolRunner } from '../../../build-scripts/disk/tool-runner.ts';
import { openToolsTree } from '../../../build-scripts/disk/tools-tree.ts';
import { firstReason, needsPrograms, project } from '../../support/needs.ts';
import type { SkipReason } from '../../support/test-unless.ts';

/** Seconds since 1970 that the tools are told. */
export const EPOCH = 1_700_000_000;
const cache = path.join(project, 'obj', 'tools');

/** A tools tree was made in this checkout: unit tests download nothing. */
const hasTree = existsSync(cache) && readdirSync(cache).some((it) => it.endsWith('.tar.zst'));

/** A reason to skip what only the tools tree can do. */
export const needsToolsTree: SkipReason = hasTree
  ? undefined
  : 'no tree of disk tools in obj/tools';

/** What keeps this machine from running tests with these tools. */
export function needsDiskTools(
  purposes: readonly ToolPurpose[],
  ...programs: readonly string[]
): SkipReason {
  const problem = checkSandboxHost()[0]?.problem;
  if (hasTree) return problem;
  const btrfs =
    purposes.includes('btrfs') && !hasBtrfsWithSubvolumes()
      ? 'no tree of disk tools in obj/tools, and no mkfs.btrfs 6.14 here'
      : undefined;
  return firstReason(problem, btrfs, needsPrograms(...programs));
}

function hasBtrfsWithSubvolumes(): boolean {
  const { stdout } = spawnSync('mkfs.btrfs', ['--help'], { encoding: 'utf8' });
  return typeof stdout === 'string' && stdout.includes('--subvol');
}

/** The tools tree when there is one, else the host's tools. */
export async function openTools(
  sandbox: Sandbox,
  purposes: readonly ToolPurpose[],
  shared: readonly string[],
): Promise<ToolRunner> {
  if (hasTree) return openToolsTree({ sandbox, cache, shared, epoch: () => EPOCH });
  return openHostTools({
    sandbox,
    purposes: new Set(purposes),
    epoch: () => EPOCH,
    warn: () => undefined,
  });
}
