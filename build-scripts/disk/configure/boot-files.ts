import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ImageRoot } from '../image-root.ts';

/** Names of the copies in the folder they are put into. */
export const BOOT_FILES = { kernel: 'vmlinuz', initrd: 'initrd' } as const;

/**
 * Copies kernel and initramfs of an image out of it, for network boot.
 * @param kernel release: `6.1.0-42-amd64`
 * @throws CommandError when one of them is not there
 */
export async function copyBootFiles(
  root: ImageRoot,
  kernel: string,
  folder: string,
): Promise<void> {
  const copies = [
    [`/boot/vmlinuz-${kernel}`, BOOT_FILES.kernel],
    [`/boot/initrd.img-${kernel}`, BOOT_FILES.initrd],
  ] as const;
  for (const [file, name] of copies)
    await writeFile(path.join(folder, name), await root.read(file), { mode: 0o644 });
}
