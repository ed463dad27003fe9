import { open } from 'node:fs/promises';
import { convertDisk } from './disk-image.ts';
import type { Artifact, ImageFacts, OutputContext, OutputFormat } from './output.ts';
import { VMWARE_GUEST } from './ovf.ts';

export const needsPc =
  (what: string) =>
  ({ arch }: ImageFacts): string | undefined =>
    arch === 'amd64' ? undefined : `${what} starts no ${arch} machines from such images`;

/** Packed for transport; ESXi, Workstation and VirtualBox unpack it on import. */
export const vmdk: OutputFormat = {
  name: 'vmdk',
  description: 'disk image for VMware, streamOptimized',
  source: 'disk',
  usesTools: true,
  refuses: needsPc('VMware'),
  produce: async (context) => [await vmdkOf(context)],
  howToUse: (image, files) => {
    const { name } = image;
    const file = files.get('disk.vmdk') ?? 'DISK';
    const firmware = image.firmware.includes('uefi') ? 'efi' : 'bios';
    return [
      {
        target: 'ESXi',
        commands: [
          '# GOVC_URL and its like say where',
          `govc import.vmdk ${file} ${name}`,
          `govc vm.create -on=false -m 2048 -c 2 -g ${VMWARE_GUEST} -firmware ${firmware} \\`,
          `  -disk.controller pvscsi -disk ${name}/${file} -link=false -net.adapter vmxnet3 ${name}`,
          `govc vm.power -on ${name}`,
        ],
      },
    ];
  },
};

const made = new WeakMap<OutputContext, Promise<Artifact>>();

/** One for the formats that hold it, too. */
export async function vmdkOf(context: OutputContext): Promise<Artifact> {
  const [taken] = context.taken?.get('vmdk') ?? [];
  if (taken !== undefined) return taken;
  const making =
    made.get(context) ??
    convertDisk(context, {
      format: 'vmdk',
      extension: '.vmdk',
      options: ['subformat=streamOptimized', 'adapter_type=lsilogic', 'hwversion=13'],
      settle: async (file, identity) => {
        await settleContentId(file, identity('CID').readUInt32BE());
      },
    });
  made.set(context, making);
  return making;
}

/** Where the text that describes the disk lies: VMware Virtual Disk Format 1.1, SparseExtentHeader. */
const DESCRIPTOR_SECTOR = 28;

/** The content id is a random number, in the descriptor's text. */
async function settleContentId(file: string, id: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const header = Buffer.alloc(512);
    await handle.read(header, 0, header.length, 0);
    const offset = Number(header.readBigUInt64LE(DESCRIPTOR_SECTOR)) * 512;
    const length = Number(header.readBigUInt64LE(DESCRIPTOR_SECTOR + 8)) * 512;
    const area = Buffer.alloc(length);
    await handle.read(area, 0, length, offset);
    const text = area.toString('latin1').replace(/\0.*$/s, '');
    // "No parent" is an id of ffffffff. qemu-img writes no zeros in front.
    const digits = (id === 0xffffffff ? 0 : id).toString(16).padStart(8, '0');
    const settled = text.replace(/^CID=[0-9a-f]{1,8}$/m, `CID=${digits}`);
    if (!settled.includes(`\nCID=${digits}\n`) || settled.length > length)
      throw new Error(`${file} has no content id where one was expected`);
    await handle.write(
      Buffer.alloc(length).fill(settled, 0, settled.length, 'latin1'),
      0,
      length,
      offset,
    );
  } finally {
    await handle.close();
  }
}
