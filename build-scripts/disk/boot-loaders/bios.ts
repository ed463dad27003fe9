import { UserError } from '../../host/errors.ts';
import type { DiskPlan } from '../disk-plan.ts';
import type { ImageRoot } from '../image-root.ts';
import { copyGrubModules, makeGrubImage } from './grub-image.ts';
import { embeddedStub } from './grub-config.ts';

const SECTOR = 512;
const FORMAT = 'i386-pc';

/** The disk driver, the menu, and what grub.cfg uses before it can load modules itself. */
const MODULES = [
  ...['biosdisk', 'search', 'search_fs_uuid', 'normal', 'configfile', 'linux', 'boot', 'test'],
  ...['echo', 'ls', 'cat', 'loadenv', 'minicmd', 'reboot', 'halt', 'serial', 'terminal', 'gzio'],
];

/** Offsets in GRUB's boot sector and core image: include/grub/i386/pc/boot.h of GRUB 2. */
const BOOT_CODE_END = 0x1b8; // GRUB_BOOT_MACHINE_WINDOWS_NT_MAGIC: the disk's signature, not ours
const KERNEL_SECTOR = 0x5c; // GRUB_BOOT_MACHINE_KERNEL_SECTOR, 64 bits
const BOOT_DRIVE = 0x64; // GRUB_BOOT_MACHINE_BOOT_DRIVE
const DRIVE_CHECK = 0x66; // GRUB_BOOT_MACHINE_DRIVE_CHECK
const FIRST_BLOCK_LIST = 0x1f4; // GRUB_BOOT_MACHINE_LIST_SIZE (12) before the end of the sector

/** Bytes that go to an absolute place of the disk. */
export interface DiskWrite {
  /** Bytes from the start of the disk. */
  readonly offset: number;
  readonly data: Uint8Array;
}

export interface BiosRequest {
  readonly root: ImageRoot;
  readonly plan: DiskPlan;
  readonly boot: {
    readonly uuid: string;
    readonly path: string;
    /** What GRUB calls its device, see grubDevice. */
    readonly device: string;
    readonly modules: readonly string[];
  };
}

/**
 * Makes GRUB for BIOS of what the image has, and says what to write where: the code in the first
 * sector, and the core image in the BIOS boot partition (GPT) or between the table and the first
 * partition (MBR). Must run while the root is complete; the writes are for later.
 * @throws UserError when the core image does not fit
 */
export async function installBios({ root, plan, boot }: BiosRequest): Promise<DiskWrite[]> {
  const target = `/boot/grub/${FORMAT}/core.img`;
  await copyGrubModules(root, FORMAT);
  await makeGrubImage(root, {
    format: FORMAT,
    modules: [...MODULES, ...boot.modules],
    prefix: `(${boot.device})${boot.path}/grub`,
    early: embeddedStub(boot.uuid, boot.path),
    target,
  });
  const [bootSector, core] = [
    await root.read(`/usr/lib/grub/${FORMAT}/boot.img`),
    await root.read(target),
  ];
  return biosWrites(plan, bootSector, core);
}

/** Where the core image has its place on a disk, bytes. */
function coreRange({ table, partitions }: DiskPlan): { offset: number; size: number } {
  if (table === 'gpt') {
    const partition = partitions.find(({ content }) => content.type === 'bios-boot');
    if (partition === undefined) throw new Error('the plan has no BIOS boot partition');
    return partition;
  }
  const first = Math.min(...partitions.map(({ offset }) => offset));
  return { offset: SECTOR, size: first - SECTOR };
}

/**
 * Patches boot.img and core.img as grub-bios-setup does for a core image in consecutive sectors.
 * @throws UserError when the core image does not fit
 */
export function biosWrites(plan: DiskPlan, bootSector: Uint8Array, core: Uint8Array): DiskWrite[] {
  const { offset, size } = coreRange(plan);
  if (bootSector.length !== SECTOR || core.length < SECTOR) {
    throw new UserError(
      `the image's GRUB for BIOS is damaged: boot.img has ${bootSector.length} bytes`,
    );
  }
  if (core.length > size) {
    throw new UserError(
      `GRUB's core image has ${core.length} bytes; there are ${size} for it on the disk`,
      { hint: 'let the first partition start at 1 MiB or later' },
    );
  }
  const sector = BigInt(offset / SECTOR);
  const code = Buffer.from(bootSector.subarray(0, BOOT_CODE_END));
  code.writeBigUInt64LE(sector, KERNEL_SECTOR);
  // The drive that the firmware says it booted from.
  code.writeUInt8(0xff, BOOT_DRIVE);
  // Two NOPs: without them a drive number that some firmware gives would be corrected to a wrong one.
  code.writeUInt16LE(0x9090, DRIVE_CHECK);
  const patched = Buffer.from(core);
  // Its first sector loads the rest, from the sector after it; the length is there already.
  patched.writeBigUInt64LE(sector + 1n, FIRST_BLOCK_LIST);
  return [
    { offset: 0, data: code },
    { offset, data: patched },
  ];
}
