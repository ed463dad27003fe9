import type { BuildLog } from '../host/build-log.ts';
import { UserError } from '../host/errors.ts';
import type { Sandbox } from '../host/sandbox.ts';
import { requireTools } from '../host/tools.ts';
import { compareVersions } from './compare-versions.ts';
import type { NodePlan } from './disk-plan.ts';
import { toolEnvironment, type ToolOptions, type ToolRunner } from './tool-runner.ts';

/** What a tool is for: a kind of node, or the partition table. */
export type ToolPurpose = NodePlan['type'] | 'table';

interface HostTool {
  readonly command: string;
  /** Debian package. */
  readonly package: string;
  readonly purpose: ToolPurpose;
  /** Asks for the version; default `--version`. */
  readonly ask?: string;
  readonly minimum?: { readonly version: string; readonly why: string };
  /** Older ones (all of them without a version) work, too; says what is missed. */
  readonly advised?: { readonly version?: string; readonly why: string };
}

const TOOLS: readonly HostTool[] = [
  { command: 'sfdisk', package: 'fdisk', purpose: 'table' },
  {
    command: 'mkfs.vfat',
    package: 'dosfstools',
    purpose: 'vfat',
    ask: '--help',
    minimum: { version: '4.2', why: '--offset' },
  },
  { command: 'fsck.vfat', package: 'dosfstools', purpose: 'vfat', ask: '--help' },
  { command: 'mcopy', package: 'mtools', purpose: 'vfat' },
  {
    command: 'mke2fs',
    package: 'e2fsprogs',
    purpose: 'ext4',
    ask: '-V',
    minimum: { version: '1.45', why: '-d and -E offset' },
    advised: { version: '1.47.2', why: 'ext4 file systems that are the same on every build' },
  },
  {
    command: 'mkfs.btrfs',
    package: 'btrfs-progs',
    purpose: 'btrfs',
    minimum: { version: '6.14', why: '--subvol and --compress' },
    // same-bits.c is only in the tools tree.
    advised: { why: 'btrfs file systems that are the same on every build' },
  },
  { command: 'mkswap', package: 'util-linux', purpose: 'swap' },
  { command: 'mdadm', package: 'mdadm', purpose: 'raid1' },
  {
    command: 'cryptsetup',
    package: 'cryptsetup-bin',
    purpose: 'luks',
    minimum: { version: '2.4', why: 'LUKS2 with sectors of 4096 bytes' },
  },
  { command: 'pvck', package: 'lvm2', purpose: 'lvm' },
];

const HINT = 'leave out --tools host to use a tree of Debian 13 tools instead';

export interface HostToolsRequest {
  readonly sandbox: Sandbox;
  readonly purposes: ReadonlySet<ToolPurpose>;
  /** SOURCE_DATE_EPOCH of the tools. */
  readonly epoch: () => number;
  readonly log?: BuildLog | undefined;
  readonly warn: (text: string) => void;
}

/**
 * The host's own tools, as far as a disk needs them.
 * @throws UserError naming all tools that are missing, or all that are too old
 */
export async function openHostTools(request: HostToolsRequest): Promise<ToolRunner> {
  const { sandbox, log, epoch } = request;
  const tools = TOOLS.filter(({ purpose }) => request.purposes.has(purpose));
  requireTools(tools);
  const run = (argv: readonly string[], { sameBits: _, env, ...options }: ToolOptions = {}) =>
    sandbox.run(argv, {
      log,
      ...options,
      cwd: '/',
      extendEnv: false,
      env: { PATH: process.env.PATH, ...toolEnvironment(epoch()), ...env },
    });

  const found = new Map<string, string>();
  for (const { command, ask = '--version' } of tools) {
    // Some say it on stderr, some with a failing exit code.
    const { stdout, stderr } = await run([command, ask], { allowExitCodes: [0, 1, 2, 4] });
    found.set(command, /\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0] ?? 'unknown');
  }
  const { errors, warnings } = judgeVersions(found);
  for (const warning of warnings) request.warn(warning);
  if (errors.length > 0) {
    throw new UserError(
      `the tools of this host will not do:${errors.map((it) => `\n  - ${it}`).join('')}`,
      {
        hint: HINT,
      },
    );
  }
  return { kind: 'host', run, versions: () => Promise.resolve(found) };
}

/** @param found command → version, `unknown` when it does not say */
export function judgeVersions(found: ReadonlyMap<string, string>): {
  errors: string[];
  warnings: string[];
} {
  const errors: string[] = [];
  const warnings: string[] = [];
  for (const { command, package: name, minimum, advised } of TOOLS) {
    const version = found.get(command);
    if (version === undefined) continue;
    const isOlder = (wanted?: string): boolean =>
      wanted === undefined || version === 'unknown' || compareVersions(version, wanted) < 0;
    if (minimum !== undefined && isOlder(minimum.version)) {
      errors.push(
        `${command} ${version} (package ${name}): ${minimum.version} or newer is needed for ${minimum.why}`,
      );
    } else if (advised !== undefined && isOlder(advised.version)) {
      warnings.push(`${command} ${version} of this host cannot make ${advised.why}`);
    }
  }
  return { errors, warnings };
}
