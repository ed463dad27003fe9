import path from 'node:path';
import { createHash } from 'node:crypto';
import { hashFile } from '../host/hash-file.ts';
import type { Artifact, ImageFacts, OutputContext } from './output.ts';

/** The disk of a format that is made of one. @throws Error without: it was checked before */
export function diskOf({ disk }: OutputContext): { readonly path: string; readonly bytes: number } {
  if (disk === undefined) throw new Error('there is no disk');
  return disk;
}

export interface Conversion {
  /** As qemu-img calls the format. */
  readonly format: string;
  /** Of the published name, with its dot. */
  readonly extension: string;
  /** qemu-img's `-o`. */
  readonly options?: readonly string[];
  /** `-c`: compressed clusters. */
  readonly compress?: boolean;
  /** Sets what qemu-img rolls dice for. */
  readonly settle?: (file: string, identity: (what: string) => Buffer) => Promise<void>;
}

/**
 * Has qemu-img of the disk tools convert the raw image. Holes stay holes, and the same disk gives
 * the same file: writes go out in order (no `-W`).
 */
export async function convertDisk(
  context: OutputContext,
  { format, extension, options = [], compress = false, settle }: Conversion,
): Promise<Artifact> {
  const { tools, directory, signal } = context;
  const disk = diskOf(context);
  if (tools === undefined) throw new Error(`no tools to make ${format} with`);
  const target = path.join(directory, `disk${extension}`);
  await tools.run(
    [
      ...['qemu-img', 'convert', '-f', 'raw', '-O', format],
      ...(compress ? ['-c'] : []),
      ...(options.length === 0 ? [] : ['-o', options.join(',')]),
      ...['-m', '4', '-t', 'unsafe', disk.path, target],
    ],
    { signal },
  );
  await settle?.(target, (what) => identity(context, format, what));
  return { name: 'disk', extension, ...(await hashFile(target)) };
}

/** 32 bytes that follow from the seed of the image and the purpose. */
function identity({ seed, image }: OutputContext, format: string, what: string): Buffer {
  return createHash('sha256').update(`${seed}\n${image.name}\n${format}\n${what}`).digest();
}

/** 16 bytes as a random (version 4) UUID, RFC 9562, in the byte order of Microsoft's structures. */
export function guid(bytes: Buffer): Buffer {
  const result = Buffer.from(bytes.subarray(0, 16));
  result[7] = ((result[7] ?? 0) & 0x0f) | 0x40;
  result[8] = ((result[8] ?? 0) & 0x3f) | 0x80;
  return result;
}

/** How a virtual machine of QEMU has to be set up to start the image. */
export const qemuFirmware = ({ firmware }: ImageFacts): 'uefi' | 'bios' =>
  firmware.includes('uefi') ? 'uefi' : 'bios';
