import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { DiskPlan, NodePlan } from './disk-plan.ts';
import { verifyFileSystem } from './filesystems/index.ts';
import { verifyPartitionTable } from './layers/partition-table.ts';
import type { ToolRunner } from './tool-runner.ts';
import { fileSystemName } from './write-nodes.ts';

export interface VerifyDiskRequest {
  readonly plan: DiskPlan;
  /** The finished file. */
  readonly image: string;
  readonly tools: ToolRunner;
  readonly scratch: string;
  readonly onDetail: (text: string) => void;
}

/** Bytes at both ends of a layer that hold its metadata. */
const ENDS = 17 * 1024 ** 2;

/**
 * Checks a finished disk image with the tools made for each of its parts. What lies in LUKS can not
 * be read here without the key; its file systems were checked before they were encrypted.
 *
 * @returns what was checked, one line each
 * @throws CommandError when a tool finds something
 */
export async function verifyDisk(request: VerifyDiskRequest): Promise<string[]> {
  const { plan, image, tools } = request;
  const checks: string[] = [];
  await verifyPartitionTable((argv, options) => tools.run(argv, options), image);
  checks.push(`sfdisk --verify: ${plan.table}, ${plan.partitions.length} partitions`);
  for (const partition of plan.partitions) {
    await verifyNode(partition.content, partition.offset, request, checks);
  }
  return checks;
}

/** @param offset of the node in the image, bytes */
async function verifyNode(
  node: NodePlan,
  offset: number,
  request: VerifyDiskRequest,
  checks: string[],
): Promise<void> {
  const { tools, image, scratch } = request;
  const examine = (command: (file: string) => readonly string[]): Promise<void> =>
    withEnds(request, offset, node.size, async (file) => {
      await tools.run(command(file));
    });
  switch (node.type) {
    case 'bios-boot':
      return;
    case 'raid1':
      request.onDetail(`mdadm --examine ${node.name}`);
      await examine((file) => ['mdadm', '--examine', file]);
      checks.push(`mdadm --examine: ${node.name}`);
      return verifyNode(node.content, offset + node.dataOffset, request, checks);
    case 'luks':
      request.onDetail(`cryptsetup luksDump ${node.name}`);
      await examine((file) => ['cryptsetup', 'luksDump', file]);
      checks.push(`cryptsetup luksDump: ${node.name}; what is in it was checked before`);
      return;
    case 'lvm': {
      request.onDetail(`pvck ${node.name}`);
      await examine((file) => ['pvck', '--dump', 'headers', file]);
      checks.push(`pvck --dump headers: ${node.name}`);
      for (const { firstExtent, content } of node.volumes) {
        const at = offset + node.extentsOffset + firstExtent * node.extentSize;
        await verifyNode(content, at, request, checks);
      }
      return;
    }
    default: {
      const what = fileSystemName(node);
      request.onDetail(what);
      const place = { path: image, offset, size: node.size, tools, scratch };
      checks.push(`${await verifyFileSystem(node, place)}: ${what}`);
    }
  }
}

/** Lends a sparse file as large as a part of the image, with only the ends of it copied. */
async function withEnds(
  { image, scratch }: VerifyDiskRequest,
  offset: number,
  size: number,
  work: (file: string) => Promise<void>,
): Promise<void> {
  const file = path.join(scratch, `${randomUUID()}.img`);
  const source = await open(image, 'r');
  try {
    const target = await open(file, 'wx', 0o600);
    try {
      await target.truncate(size);
      const buffer = Buffer.alloc(Math.min(ENDS, size));
      for (const at of new Set([0, size - buffer.length])) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length, offset + at);
        await target.write(buffer, 0, bytesRead, at);
      }
    } finally {
      await target.close();
    }
    await work(file);
  } finally {
    await source.close();
    await rm(file, { force: true });
  }
}
