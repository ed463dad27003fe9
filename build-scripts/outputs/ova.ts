import { link, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { create } from 'tar';
import { hashFile } from '../host/hash-file.ts';
import type { Artifact, OutputContext, OutputFormat } from './output.ts';
import { ovfDescriptor } from './ovf.ts';
import { needsPc, vmdkOf } from './vmdk.ts';

/** A virtual machine in one file: descriptor, manifest, disk. */
export const ova: OutputFormat = {
  name: 'ova',
  description: 'virtual machine for ESXi, vSphere and other hypervisors that import OVF',
  source: 'disk',
  usesTools: true,
  refuses: needsPc('VMware'),
  produce: async (context) => [await pack(context, await vmdkOf(context))],
  howToUse: ({ name }, files) => [
    {
      target: 'vSphere, ESXi',
      commands: [
        '# GOVC_URL and its like say where; or in the web page: Create / Register VM, OVF or OVA file',
        `govc import.ova -name ${name} ${files.get('disk.ova') ?? 'OVA'}`,
        `govc vm.disk.change -vm ${name} -size 20G && govc vm.power -on ${name}`,
      ],
    },
  ],
};

/**
 * DSP0243, 5.3: a ustar archive that begins with the descriptor, then the manifest, then the files in
 * the order of the descriptor.
 */
async function pack(context: OutputContext, vmdk: Artifact): Promise<Artifact> {
  const { image, directory, epoch, disk } = context;
  const folder = path.join(directory, 'ova');
  await mkdir(folder);
  const names = [`${image.name}.ovf`, `${image.name}.mf`, `${image.name}-disk1.vmdk`] as const;
  const [ovf, manifest, diskName] = names;
  await writeFile(
    path.join(folder, ovf),
    ovfDescriptor(image, { file: diskName, bytes: vmdk.bytes, capacity: disk?.bytes ?? 0 }),
  );
  await link(vmdk.path, path.join(folder, diskName));
  const { sha256 } = await hashFile(path.join(folder, ovf));
  await writeFile(
    path.join(folder, manifest),
    `SHA256(${ovf})= ${sha256}\nSHA256(${diskName})= ${vmdk.sha256 ?? ''}\n`,
  );
  const target = path.join(directory, 'disk.ova');
  await create(
    {
      file: target,
      cwd: folder,
      // No owners, no times of this machine, no extensions of the format.
      portable: true,
      noPax: true,
      mtime: new Date(epoch * 1000),
      onWriteEntry: (entry) => {
        if (entry.stat !== undefined) entry.stat.mode = 0o100644;
      },
    },
    [...names],
  );
  return { name: 'disk', extension: '.ova', ...(await hashFile(target)) };
}
