import path from 'node:path';
import type { BuildLog } from '../../host/build-log.ts';
import { CommandError, UserError } from '../../host/errors.ts';
import type { Sandbox } from '../../host/sandbox.ts';
import { scriptPath } from '../../host/script-path.ts';
import { placeOf } from './content-error.ts';
import type { FileSystemPlan } from './file-system.ts';

/** A directory of the root tree that goes elsewhere. */
interface Move {
  readonly node: FileSystemPlan;
  /** Absolute, in the root. */
  readonly mount: string;
  /** In the folder of the staged trees. */
  readonly target: string;
  /** Of the directory when the root tree has none, octal. */
  readonly mode: string;
}

/** What is not for everybody's eyes when it is new. */
const MODES: Readonly<Record<string, string>> = { '/.snapshots': '750', '/root': '700' };

export interface Staging {
  /** Deepest mount points first, the root last. */
  readonly moves: readonly Move[];
  /** The directory of each file system, in the folder of the staged trees. */
  readonly directories: ReadonlyMap<FileSystemPlan, string>;
}

/** Decides where the content of each file system is put together. Swap has none. */
export function planStaging(nodes: readonly FileSystemPlan[]): Staging {
  const moves: Move[] = [];
  const directories = new Map<FileSystemPlan, string>();
  nodes.forEach((node, index) => {
    if (node.type === 'swap') return;
    const directory = `fs${index}`;
    directories.set(node, directory);
    const add = (mount: string, target: string): void => {
      moves.push({ node, mount, target, mode: MODES[mount] ?? '755' });
    };
    if (node.type === 'btrfs' && node.subvolumes.length > 0) {
      for (const { name, mount } of node.subvolumes) add(mount, `${directory}/${name}`);
    } else if (node.mount !== undefined) {
      add(node.mount, directory);
    }
  });
  const depth = ({ mount }: Move): number => mount.split('/').filter((it) => it !== '').length;
  return { moves: moves.sort((a, b) => depth(b) - depth(a)), directories };
}

export interface SplitRequest {
  /** The complete root tree in the sandbox; it is taken apart. */
  readonly root: string;
  /** All file systems of the disk. */
  readonly nodes: readonly FileSystemPlan[];
  /** A directory beside the root, made here: moving there must be no copying. */
  readonly staged: string;
  readonly sandbox: Sandbox;
  /** No file is left younger than this: seconds since 1970. */
  readonly epoch: number;
  readonly log?: BuildLog | undefined;
}

/**
 * Takes the root tree apart into the content of each file system. Mount points stay behind as empty
 * directories with the owner and mode of what is mounted there.
 * @returns the directory of each file system, absolute
 * @throws UserError when a mount point is, or lies below, a symlink
 */
export async function splitRoot(request: SplitRequest): Promise<Map<FileSystemPlan, string>> {
  const { root, nodes, staged, sandbox, epoch, log } = request;
  const { moves, directories } = planStaging(nodes);
  const absolute = (directory: string): string => path.join(staged, directory);
  await sandbox.run(['mkdir', '--', staged], { log });
  const script = scriptPath('../disk/filesystems/move-mount.sh');
  for (const { node, mount, target, mode } of moves) {
    if (mount === '/') {
      await sandbox.run(['mkdir', '-p', '--', path.dirname(absolute(target))], { log });
      await sandbox.run(['mv', '-T', '--', root, absolute(target)], { log });
      continue;
    }
    await sandbox
      .run(['/bin/sh', script, root, mount, absolute(target), mode], { log })
      .catch((error: unknown) => {
        // EX_DATAERR of the script.
        if (!(error instanceof CommandError) || error.commandExitCode !== 65) throw error;
        throw new UserError(`${placeOf(node)}: ${error.lastLines.at(-1) ?? error.message}`, {
          cause: error,
        });
      });
  }
  // Those that are mounted nowhere, and the tops of btrfs file systems with subvolumes.
  const all = [...directories.values()].map(absolute);
  await sandbox.run(['mkdir', '-p', '--', ...all], { log });
  const touch = ['-exec', 'touch', '--no-dereference', `--date=@${epoch}`, '--', '{}', '+'];
  await sandbox.run(['find', staged, '-xdev', '-newermt', `@${epoch}`, ...touch], { log });
  return new Map([...directories].map(([node, directory]) => [node, absolute(directory)]));
}
