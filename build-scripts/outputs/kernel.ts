import { hashFile } from '../host/hash-file.ts';
import type { OutputFormat } from './output.ts';

/** What a network boot server hands out; the root file system comes from elsewhere. */
export const kernel: OutputFormat = {
  name: 'kernel',
  description: 'kernel and initramfs of the disk, for network boot and direct kernel boot',
  source: 'disk',
  usesTools: false,
  async produce({ boot }) {
    if (boot === undefined) throw new Error('kernel and initramfs were not copied');
    return [
      { name: 'vmlinuz', extension: '', ...(await hashFile(boot.kernel)) },
      { name: 'initrd', extension: '', ...(await hashFile(boot.initrd)) },
    ];
  },
  howToUse: (image, files) => [
    {
      target: 'QEMU',
      commands: [
        '# the command line of the image is in its /boot/grub/grub.cfg',
        `qemu-system-${image.arch === 'arm64' ? 'aarch64' : 'x86_64'} -kernel ${files.get('vmlinuz') ?? 'VMLINUZ'} -initrd ${files.get('initrd') ?? 'INITRD'} -append 'root=UUID=…' …`,
      ],
    },
  ],
};
