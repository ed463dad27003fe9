import { open, type FileHandle } from 'node:fs/promises';
import { crc32c } from './crc32c.ts';
import { convertDisk, guid, qemuFirmware } from './disk-image.ts';
import type { HowTo, ImageFacts, OutputFormat } from './output.ts';

const KIB = 1024;

/** [MS-VHDX] 2.2 and 2.6: where things lie, and what identifies them; GUIDs as bytes of the file. */
const HEADERS = [64 * KIB, 128 * KIB] as const;
const HEADER = {
  size: 4 * KIB,
  checksum: 4,
  sequence: 8,
  fileWrite: 16,
  dataWrite: 32,
  logGuid: 48,
  logLength: 68,
  logOffset: 72,
} as const;
const REGION_TABLE = 192 * KIB;
const METADATA_REGION = Buffer.from('06a27c8b90479a4bb8fe575f050f886e', 'hex');
const PAGE_83 = Buffer.from('ab12cabee6b22345 93efc309e000c746'.replace(' ', ''), 'hex');

/** Grows as it is written. */
export const vhdx: OutputFormat = {
  name: 'vhdx',
  description: 'disk image for Hyper-V',
  source: 'disk',
  usesTools: true,
  produce: async (context) => [
    await convertDisk(context, {
      format: 'vhdx',
      extension: '.vhdx',
      options: ['subformat=dynamic'],
      settle: (file, identity) => settleGuids(file, (what) => guid(identity(what))),
    }),
  ],
  howToUse: (image, files) => howToUse(image, files.get('disk.vhdx') ?? 'DISK'),
};

function howToUse(image: ImageFacts, file: string): HowTo[] {
  const { name } = image;
  const generation = qemuFirmware(image) === 'uefi' ? 2 : 1;
  return [
    {
      target: 'Hyper-V',
      commands: [
        '# PowerShell of an administrator; the disk was copied to C:\\VMs, Get-VMSwitch has the switches',
        `Resize-VHD C:\\VMs\\${file} -SizeBytes 20GB`,
        `New-VM -Name ${name} -Generation ${generation} -MemoryStartupBytes 2GB \``,
        `  -SwitchName "Default Switch" -VHDPath C:\\VMs\\${file}`,
        // Generation 2 trusts nobody but Windows unless it is told.
        ...(generation === 1
          ? []
          : image.secureBoot
            ? [`Set-VMFirmware ${name} -SecureBootTemplate MicrosoftUEFICertificateAuthority`]
            : [`Set-VMFirmware ${name} -EnableSecureBoot Off`]),
        `Start-VM ${name}`,
      ],
    },
  ];
}

/** Headers, log and metadata hold random GUIDs and numbers. */
async function settleGuids(file: string, identity: (what: string) => Buffer): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const sequences = await Promise.all(
      HEADERS.map(async (offset) =>
        (await read(handle, offset, HEADER.size)).readBigUInt64LE(HEADER.sequence),
      ),
    );
    const oldest = sequences.reduce((a, b) => (a < b ? a : b));
    for (const offset of HEADERS) {
      const header = await read(handle, offset, HEADER.size);
      if (header.toString('latin1', 0, 4) !== 'head') throw new Error(`${file} has no header`);
      await clearLog(handle, header, file);
      // The header with the larger number is the current one.
      header.writeBigUInt64LE(
        header.readBigUInt64LE(HEADER.sequence) - oldest + 1n,
        HEADER.sequence,
      );
      identity('file write').copy(header, HEADER.fileWrite);
      identity('data write').copy(header, HEADER.dataWrite);
      header.writeUInt32LE(0, HEADER.checksum);
      header.writeUInt32LE(crc32c(header), HEADER.checksum);
      await handle.write(header, 0, HEADER.size, offset);
    }
    const page83 = await findPage83(handle, file);
    await handle.write(identity('page 83'), 0, 16, page83);
  } finally {
    await handle.close();
  }
}

/** A log without a GUID in the header is empty, and what stands in it means nothing. */
async function clearLog(handle: FileHandle, header: Buffer, file: string): Promise<void> {
  const guidOfLog = header.subarray(HEADER.logGuid, HEADER.logGuid + 16);
  if (guidOfLog.some((byte) => byte !== 0)) throw new Error(`${file} was not closed`);
  const length = header.readUInt32LE(HEADER.logLength);
  const offset = Number(header.readBigUInt64LE(HEADER.logOffset));
  await handle.write(Buffer.alloc(length), 0, length, offset);
}

/** Offset of the id that the guest sees as that of its disk; it has no checksum. */
async function findPage83(handle: FileHandle, file: string): Promise<number> {
  const regions = await read(handle, REGION_TABLE, 64 * KIB);
  const region = entries(regions, 8, 16).find((entry) =>
    entry.subarray(0, 16).equals(METADATA_REGION),
  );
  if (region === undefined) throw new Error(`${file} has no metadata region`);
  const start = Number(region.readBigUInt64LE(16));
  const metadata = await read(handle, start, 64 * KIB);
  const item = entries(metadata, 10, 32).find((entry) => entry.subarray(0, 16).equals(PAGE_83));
  if (item === undefined) throw new Error(`${file} has no id of the disk`);
  return start + item.readUInt32LE(16);
}

/** @param count offset of the number of entries: 32 bits in region tables, 16 in metadata tables */
function entries(table: Buffer, count: number, first: number): Buffer[] {
  const number = count === 8 ? table.readUInt32LE(count) : table.readUInt16LE(count);
  return Array.from({ length: number }, (_, index) =>
    table.subarray(first + index * 32, first + (index + 1) * 32),
  );
}

async function read(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await handle.read(buffer, 0, length, offset);
  return buffer;
}
