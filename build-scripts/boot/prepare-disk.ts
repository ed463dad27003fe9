import { createReadStream } from 'node:fs';
import { open, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { extract, list } from 'tar';
import { DecompressStream } from 'zstd-napi';
import { CommandError, UserError } from '../host/errors.ts';
import { runCommand } from '../host/process.ts';
import type { QemuDisk } from './qemu.ts';

/** Formats that QEMU reads, by the ending of a file. */
const FORMATS: Readonly<Record<string, QemuDisk['format']>> = {
  '.raw': 'raw',
  '.img': 'raw',
  '.qcow2': 'qcow2',
  '.vhdx': 'vhdx',
  '.vhd': 'vpc',
  '.vmdk': 'vmdk',
};

/** What a machine can be started from, by the ending of a file: the name of the format. */
export function diskFormat(file: string): string | undefined {
  if (file.endsWith('.raw.zst')) return 'raw-zst';
  const ending = path.extname(file);
  if (ending === '.ova') return 'ova';
  if (ending === '.img') return 'raw';
  return ending in FORMATS ? ending.slice(1) : undefined;
}

/**
 * The disk in a file, as QEMU can read it: taken out of an OVA, decompressed, or the file itself.
 * @param directory for what has to be written
 * @throws UserError when the file is not what its name says
 */
export async function unwrapDisk(
  file: string,
  directory: string,
  signal?: AbortSignal,
): Promise<Pick<QemuDisk, 'file' | 'format'>> {
  const disk = await unwrap(file, directory, signal);
  await requireReadable(disk, file);
  return disk;
}

async function unwrap(
  file: string,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<Pick<QemuDisk, 'file' | 'format'>> {
  if (file.endsWith('.raw.zst')) {
    const target = path.join(directory, 'disk.raw');
    await decompress(file, target, signal);
    return { file: target, format: 'raw' };
  }
  if (file.endsWith('.ova')) {
    const disk = await diskOfOva(file, directory);
    return { file: disk, format: 'vmdk' };
  }
  return { file, format: FORMATS[path.extname(file)] ?? 'raw' };
}

/** @param given what the disk came in */
async function requireReadable(
  { file, format }: Pick<QemuDisk, 'file' | 'format'>,
  given: string,
): Promise<void> {
  try {
    await runCommand(['qemu-img', 'info', '-f', format, file], { env: { LC_ALL: 'C' } });
  } catch (error) {
    const [line] = error instanceof CommandError ? error.lastLines.slice(-1) : [];
    // It was not even started.
    if (line === undefined) throw error;
    throw new UserError(
      `${given} can not be read as ${path.extname(given).slice(1)}: ${line.replace(/^qemu-img: (Could not open '[^']*': )?/, '')}`,
      { hint: 'compare it with its SHA256SUMS, and copy or build it again', cause: error },
    );
  }
}

async function diskOfOva(file: string, directory: string): Promise<string> {
  const names: string[] = [];
  await list({ file, onReadEntry: ({ path: name }) => names.push(name) });
  const disk = names.find((name) => name.endsWith('.vmdk') && path.basename(name) === name);
  if (disk === undefined) {
    throw new UserError(`${file} holds no disk (a .vmdk)`, {
      hint: names.length === 0 ? 'it is no tar archive' : `it holds ${names.join(', ')}`,
    });
  }
  await extract({ file, cwd: directory }, [disk]);
  return path.join(directory, disk);
}

const BLOCK = 64 * 1024;
const ZEROS = Buffer.alloc(BLOCK);

/** Zeros become holes. @throws UserError when the file is damaged; the reason of the signal */
export async function decompress(
  file: string,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  const output = await open(target, 'w');
  let at = 0;
  try {
    // Unlike pipe(), this also ends with an error when the file can not be read.
    const chunks = pipeline(createReadStream(file), new DecompressStream(), () => undefined);
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      const data = chunk as Buffer;
      for (let from = 0; from < data.length; from += BLOCK) {
        const block = data.subarray(from, from + BLOCK);
        if (!block.equals(ZEROS.subarray(0, block.length))) {
          await output.write(block, 0, block.length, at);
        }
        at += block.length;
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    // The disk is full, or something else that is not the image's fault.
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw new UserError(`${file} is damaged or cut off`, { cause: error });
  } finally {
    await output.close();
  }
  await truncate(target, at);
}

/**
 * A disk that keeps what is written to it, over an image that is not touched.
 * @param size like `20G`; by default that of the image
 * @throws UserError when the image is larger, CommandError when it is damaged
 */
export async function makeOverlay(
  base: Pick<QemuDisk, 'file' | 'format'>,
  overlay: string,
  size?: string,
): Promise<QemuDisk> {
  const sizes = size === undefined ? [] : [size];
  await runCommand([
    ...['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base.file, '-F', base.format],
    ...[overlay, ...sizes],
  ]);
  if (size !== undefined) {
    const [image, larger] = [await virtualSize(base.file), await virtualSize(overlay)];
    if (larger < image) {
      const least = `${Math.ceil(image / 1024 ** 2)}M`;
      throw new UserError(`the disk of the image has ${least}: it does not fit into ${size}`);
    }
  }
  return { file: overlay, format: 'qcow2' };
}

/** An empty disk. @param size like `20G` */
export async function makeEmptyDisk(file: string, size: string | number): Promise<QemuDisk> {
  await runCommand(['qemu-img', 'create', '-q', '-f', 'qcow2', file, String(size)]);
  return { file, format: 'qcow2' };
}

/** Bytes of the disk in an image. */
export async function virtualSize(file: string): Promise<number> {
  const { stdout } = await runCommand(['qemu-img', 'info', '--output=json', file]);
  return (JSON.parse(stdout) as { 'virtual-size': number })['virtual-size'];
}

/** The first bytes of a disk in any format. */
export async function readStart(
  disk: Pick<QemuDisk, 'file' | 'format'>,
  bytes: number,
  directory: string,
): Promise<Buffer> {
  const start = path.join(directory, 'start-of-disk');
  await runCommand([
    ...['qemu-img', 'dd', '-f', disk.format, '-O', 'raw', 'bs=65536'],
    ...[`count=${Math.ceil(bytes / 65536)}`, `if=${disk.file}`, `of=${start}`],
  ]);
  const handle = await open(start);
  try {
    const { size } = await stat(start);
    const buffer = Buffer.alloc(Math.min(bytes, size));
    await handle.read(buffer, 0, buffer.length, 0);
    return buffer;
  } finally {
    await handle.close();
  }
}
