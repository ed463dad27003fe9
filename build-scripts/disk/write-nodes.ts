import { formatBytes } from '../host/format.ts';
import { runAll } from '../host/run-all.ts';
import type { LuksPlan, NodePlan } from './disk-plan.ts';
import type { FileSystemPlan } from './filesystems/file-system.ts';
import { makeFileSystem } from './filesystems/index.ts';
import { lvmMetadata } from './layers/lvm-metadata.ts';
import { mdSuperblock } from './layers/md-superblock.ts';
import { shiftedSpace } from './space/shifted-space.ts';
import type { Space } from './space/space.ts';
import type { ToolRunner } from './tool-runner.ts';

export interface WriteContext {
  readonly tools: ToolRunner;
  /** For temporary sparse files; seen by the tools and from here. */
  readonly scratch: string;
  /** What goes into each file system; directories in the sandbox. */
  readonly directories: ReadonlyMap<FileSystemPlan, string>;
  /** Seconds since 1970: creation times. */
  readonly epoch: number;
  /** Writes the header of a LUKS node and returns what its content is written to. */
  readonly openLuks: (node: LuksPlan, space: Space) => Promise<Space>;
  readonly onDetail: (text: string) => void;
  /** Ends the copying of content. */
  readonly signal?: AbortSignal | undefined;
}

/** Writes a node and everything in it, volumes side by side. `space` is as large as the node. */
export async function writeNode(
  node: NodePlan,
  space: Space,
  context: WriteContext,
): Promise<void> {
  switch (node.type) {
    case 'bios-boot':
      // The boot loader's.
      return;
    case 'raid1': {
      await space.write(node.superblockOffset, mdSuperblock(node, context.epoch));
      const data = shiftedSpace(space, node.dataOffset, node.dataSize);
      return writeNode(node.content, data, context);
    }
    case 'luks': {
      const inner = await context.openLuks(node, space);
      await writeNode(node.content, inner, context);
      await inner.finish?.();
      return;
    }
    case 'lvm': {
      await space.write(0, lvmMetadata(node, { time: context.epoch, host: 'localhost' }));
      const { extentSize, extentsOffset } = node;
      await runAll(
        node.volumes.map(({ firstExtent, extentCount, content }) => {
          const offset = extentsOffset + firstExtent * extentSize;
          const volume = shiftedSpace(space, offset, extentCount * extentSize);
          return writeNode(content, volume, context);
        }),
      );
      return;
    }
    default: {
      const { tools, scratch, directories, signal } = context;
      const what = fileSystemName(node);
      context.onDetail(what);
      const directory = directories.get(node);
      const onProgress = copyProgress((text) => {
        context.onDetail(`${what}: ${text}`);
      });
      await makeFileSystem({ node, directory, space, tools, scratch, onProgress, signal });
    }
  }
}

/** As it is shown: `ext4 /boot`, `btrfs /`, `swap`. */
export function fileSystemName(node: FileSystemPlan): string {
  if (node.type === 'swap') return 'swap';
  const mount = node.type === 'btrfs' ? (node.subvolumes[0]?.mount ?? node.mount) : node.mount;
  return `${node.type} ${mount ?? node.path}`;
}

/** `212.0 MB of 400.1 MB, 512.3 MB/s` */
function copyProgress(show: (text: string) => void): (copied: number, total: number) => void {
  const start = performance.now();
  return (copied, total) => {
    const seconds = Math.max(0.001, (performance.now() - start) / 1000);
    show(`${formatBytes(copied)} of ${formatBytes(total)}, ${formatBytes(copied / seconds)}/s`);
  };
}
