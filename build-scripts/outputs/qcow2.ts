import { convertDisk, qemuFirmware } from './disk-image.ts';
import type { HowTo, ImageFacts, OutputFormat } from './output.ts';

/** QEMU 5.1 and newer read clusters packed with zstd: Debian 11 and Proxmox VE 7 have it. */
export const qcow2: OutputFormat = {
  name: 'qcow2',
  description: 'disk image for QEMU/KVM: Proxmox VE, libvirt, OpenStack; packed with zstd',
  source: 'disk',
  usesTools: true,
  produce: async (context) => [
    await convertDisk(context, {
      format: 'qcow2',
      extension: '.qcow2',
      compress: true,
      options: ['compression_type=zstd'],
    }),
  ],
  howToUse: (image, files) => howToUse(image, files.get('disk.qcow2') ?? 'DISK'),
};

/** What the osinfo-db of Debian 12 knows. Later releases have the same devices. */
const OSINFO = 'debian11';

function howToUse(image: ImageFacts, file: string): HowTo[] {
  const { name } = image;
  const uefi = qemuFirmware(image) === 'uefi';
  // With keys, the firmware enforces Secure Boot.
  const keys = image.secureBoot ? 1 : 0;
  const machine = image.arch === 'arm64' ? ' --arch aarch64' : uefi ? ' --machine q35' : '';
  const copy = `/var/lib/libvirt/images/${name}.qcow2`;
  return [
    {
      target: 'Proxmox VE',
      commands: [
        `scp ${file} root@PVE:/var/tmp/`,
        '# there:',
        `qm create 9000 --name ${name} --memory 2048 --cores 2 --agent 1 --ostype l26${machine} \\`,
        ...(uefi
          ? [`  --bios ovmf --efidisk0 local-lvm:1,efitype=4m,pre-enrolled-keys=${keys} \\`]
          : []),
        `  --scsihw virtio-scsi-single --scsi0 local-lvm:0,import-from=/var/tmp/${file},discard=on \\`,
        '  --boot order=scsi0 --net0 virtio,bridge=vmbr0 --serial0 socket',
        'qm resize 9000 scsi0 20G && qm start 9000 && qm terminal 9000',
      ],
    },
    {
      target: 'libvirt',
      commands: [
        `sudo cp ${file} ${copy}`,
        `sudo qemu-img resize ${copy} 20G`,
        `virt-install --connect qemu:///system --name ${name} --memory 2048 --vcpus 2${image.arch === 'arm64' ? ' --arch aarch64' : ''} \\`,
        `  --import --disk ${copy} --osinfo ${OSINFO} \\`,
        `  ${uefi ? '--boot uefi ' : ''}--network default --graphics none`,
      ],
    },
  ];
}
