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
}

/** Writes a node and everything in it. `space` is as large as the node. */
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
      for (const { firstExtent, extentCount, content } of node.volumes) {
        const offset = extentsOffset + firstExtent * extentSize;
        await writeNode(content, shiftedSpace(space, offset, extentCount * extentSize), context);
      }
      return;
    }
    default: {
      const { tools, scratch, directories } = context;
      const where = node.type === 'swap' ? 'swap' : (node.mount ?? node.path);
      context.onDetail(`${node.type} ${where}`);
      await makeFileSystem({ node, directory: directories.get(node), space, tools, scratch });
    }
  }
}
