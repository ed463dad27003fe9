import { open } from 'node:fs/promises';
import { convertDisk, diskOf, guid } from './disk-image.ts';
import type { OutputFormat } from './output.ts';
import { needsPc } from './vmdk.ts';

const MIB = 1024 ** 2;

/** Virtual Hard Disk Image Format Specification 1.0, "Hard Disk Footer Format". */
const FOOTER = { size: 512, timestamp: 24, checksum: 64, uniqueId: 68 } as const;
/** Seconds since 1970 at which the format's time begins: 2000-01-01. */
const EPOCH_2000 = 946_684_800;

/** Azure takes nothing else: fixed size, whole MiB. */
export const vhd: OutputFormat = {
  name: 'vhd',
  description: 'disk image of fixed size for Azure and Hyper-V of the first generation',
  source: 'disk',
  usesTools: true,
  refuses: needsPc('Azure'),
  async produce(context) {
    const { bytes } = diskOf(context);
    if (bytes % MIB !== 0) throw new Error(`a disk of ${bytes} bytes is not whole MiB`);
    const artifact = await convertDisk(context, {
      format: 'vpc',
      extension: '.vhd',
      options: ['subformat=fixed', 'force_size=on'],
      settle: (file, identity) => settleFooter(file, guid(identity('disk')), context.epoch),
    });
    return [artifact];
  },
  howToUse: ({ name, firmware }, files) => {
    // The first generation starts with BIOS, the second with UEFI.
    const generation = firmware.includes('bios') ? 'V1' : 'V2';
    const blob = `https://ACCOUNT.blob.core.windows.net/CONTAINER/${name}.vhd`;
    return [
      {
        target: 'Azure',
        commands: [
          `azcopy copy ${files.get('disk.vhd') ?? 'DISK'} '${blob}?SAS' --blob-type PageBlob`,
          `az disk create -g GROUP -n ${name} --source ${blob} --os-type Linux --hyper-v-generation ${generation}`,
          `az vm create -g GROUP -n ${name} --attach-os-disk ${name} --os-type Linux`,
        ],
      },
    ];
  },
};

/** The footer has a time and a random id; its checksum is the complement of the sum of its bytes. */
async function settleFooter(file: string, id: Buffer, epoch: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    const footer = Buffer.alloc(FOOTER.size);
    await handle.read(footer, 0, FOOTER.size, size - FOOTER.size);
    if (footer.toString('latin1', 0, 8) !== 'conectix') throw new Error(`${file} has no footer`);
    footer.writeUInt32BE(Math.max(0, epoch - EPOCH_2000), FOOTER.timestamp);
    id.copy(footer, FOOTER.uniqueId);
    footer.writeUInt32BE(0, FOOTER.checksum);
    const sum = footer.reduce((total, byte) => total + byte, 0);
    footer.writeUInt32BE(~sum >>> 0, FOOTER.checksum);
    await handle.write(footer, 0, FOOTER.size, size - FOOTER.size);
  } finally {
    await handle.close();
  }
}
