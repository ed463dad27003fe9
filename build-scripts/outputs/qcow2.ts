import { convertDisk, qemuFirmware } from './disk-image.ts';
import type { ImageFacts, OutputFormat } from './output.ts';

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

function howToUse(image: ImageFacts, file: string): string[] {
  const uefi = qemuFirmware(image) === 'uefi';
  // With keys, the firmware enforces Secure Boot.
  const keys = image.secureBoot ? 1 : 0;
  const efi = uefi
    ? ` --bios ovmf --efidisk0 local-lvm:1,efitype=4m,pre-enrolled-keys=${keys}`
    : '';
  const arch = image.arch === 'arm64' ? ' --arch aarch64' : '';
  return [
    `Proxmox VE   scp ${file} root@PVE:/var/tmp/`,
    `             qm create 9000 --name ${image.name} --memory 2048 --cores 2 --agent 1 --ostype l26${arch}${uefi && image.arch === 'amd64' ? ' --machine q35' : ''}${efi} \\`,
    `               --scsihw virtio-scsi-single --scsi0 local-lvm:0,import-from=/var/tmp/${file},discard=on --boot order=scsi0 \\`,
    '               --net0 virtio,bridge=vmbr0 --serial0 socket',
    `libvirt      virt-install --name ${image.name} --memory 2048 --vcpus 2 --import --disk ${file}${uefi ? ' --boot uefi' : ''} \\`,
    `               --osinfo debian${image.version ?? '12'} --network default --graphics none`,
  ];
}
