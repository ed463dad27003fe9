import { CommandError } from '../../host/errors.ts';
import type { DiskPlan, PartitionPlan } from '../disk-plan.ts';
import type { RunTool } from './run-tool.ts';

/** Bytes. Images are for disks with 512-byte logical sectors. */
const SECTOR = 512;

/** Where the first partition may start, sectors: 1 MiB, as sfdisk has it by default. */
const FIRST_LBA = 2048;

/** Primary partitions; logical ones would need extended boot records. */
const MBR_PARTITIONS = 4;

/** The largest sector number of an MBR, which counts in 32 bits. */
const MBR_LAST_SECTOR = 2 ** 32 - 1;

/** The script for sfdisk (see "INPUT FORMATS" in its manual page) that makes a plan's table. */
export function sfdiskScript(plan: DiskPlan): string {
  const header =
    plan.table === 'gpt'
      ? ['label: gpt', `label-id: ${plan.diskId}`, `first-lba: ${FIRST_LBA}`]
      : ['label: dos', `label-id: ${plan.diskId}`];
  if (plan.table === 'mbr') checkMbr(plan.partitions);
  const lines = plan.partitions.map((partition) => scriptLine(plan.table, partition));
  return [...header, 'unit: sectors', `sector-size: ${SECTOR}`, '', ...lines, ''].join('\n');
}

function scriptLine(table: DiskPlan['table'], partition: PartitionPlan): string {
  const fields = [
    `start=${sectors(partition.offset)}`,
    `size=${sectors(partition.size)}`,
    `type=${partition.type}`,
  ];
  if (table === 'gpt') {
    if (partition.uuid !== undefined) fields.push(`uuid=${partition.uuid}`);
    fields.push(`name="${partition.name}"`);
  }
  if (partition.active) fields.push('bootable');
  return `${partition.number} : ${fields.join(', ')}`;
}

/** The plan refuses such disks with the place in disk.yml; nothing wrong may come of a mistake. */
function checkMbr(partitions: readonly PartitionPlan[]): void {
  for (const { path, number, offset, size } of partitions) {
    if (number > MBR_PARTITIONS) throw new RangeError(`${path}: an MBR has 4 partitions`);
    if ((offset + size) / SECTOR - 1 > MBR_LAST_SECTOR) {
      throw new RangeError(`${path}: ends behind the 2 TiB that an MBR can address`);
    }
  }
}

function sectors(bytes: number): number {
  if (bytes % SECTOR !== 0) throw new RangeError(`${bytes} bytes are not whole sectors`);
  return bytes / SECTOR;
}

/**
 * Writes the partition table into the image, which has its full size already. What the partitions
 * hold is left alone.
 * @param image as `run` sees it
 */
export async function writePartitionTable(
  run: RunTool,
  image: string,
  plan: DiskPlan,
): Promise<void> {
  // Never told to the kernel: the image is a plain file, and nobody else is using it.
  const quiet = ['--quiet', '--no-reread', '--no-tell-kernel', '--wipe=never'];
  await run(['sfdisk', ...quiet, '--wipe-partitions=never', '--', image], {
    input: sfdiskScript(plan),
  });
}

/**
 * Has sfdisk look for mistakes in the table: overlaps, bad checksums, a damaged primary or backup.
 * @throws CommandError when it finds one
 */
export async function verifyPartitionTable(run: RunTool, image: string): Promise<void> {
  const command = ['sfdisk', '--verify', '--', image];
  const { stdout, stderr } = await run(command, { env: { LC_ALL: 'C' } });
  // Its exit code is 0 whatever it found, and a bad primary GPT is only worth a line on stderr.
  if (/^No errors detected\.$/m.test(stdout) && stderr.trim() === '') return;
  throw new CommandError({
    command,
    lastLines: `${stdout}${stderr}`.trimEnd().split('\n'),
    reason: 'found errors in the partition table',
  });
}
