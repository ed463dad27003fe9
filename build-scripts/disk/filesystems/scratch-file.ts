import { randomUUID } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { scriptPath } from '../../host/script-path.ts';
import type { Space } from '../space/space.ts';
import type { ToolRunner } from '../tool-runner.ts';
import type { VerifyRequest } from './file-system.ts';

/** Bytes that are read and written at a time. */
const PIECE = 4 * 1024 ** 2;

interface Surroundings {
  readonly tools: ToolRunner;
  readonly scratch: string;
}

/** Lends a new empty file of a size (bytes, all of it a hole), and removes it afterwards. */
export async function withScratchFile<T>(
  scratch: string,
  size: number,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const file = path.join(scratch, `${randomUUID()}.img`);
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.truncate(size);
    } finally {
      await handle.close();
    }
    return await work(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** Runs a script of this folder with the tools' perl; it need not be where they can see it. */
async function sparseCopy(tools: ToolRunner, ...args: readonly string[]): Promise<string> {
  const { stdout } = await tools.run(['perl', '-', ...args], {
    input: await readFile(scriptPath('../disk/filesystems/sparse-copy.pl'), 'utf8'),
    logCommand: ['sparse-copy.pl', ...args],
  });
  return stdout;
}

/** Copies what is in a file into a space as large as it; holes stay holes. */
export async function copyIntoSpace(file: string, space: Space, tools: ToolRunner): Promise<void> {
  const extents = (await sparseCopy(tools, 'extents', file)).trimEnd().split('\n');
  const handle = await open(file, 'r');
  try {
    for (const extent of extents.filter((line) => line !== '')) {
      const [start = 0, end = 0] = extent.split(' ').map(Number);
      for (let at = start; at < end; at += PIECE) {
        // A new one each time: a space may still be at work with the last one.
        const buffer = Buffer.allocUnsafe(Math.min(PIECE, end - at));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
        await space.write(at, buffer.subarray(0, bytesRead));
        if (bytesRead < buffer.length) break;
      }
    }
  } finally {
    await handle.close();
  }
}

/** Lends a sparse copy of a range, for tools that know no offset. */
export async function withCopyOfRange<T>(
  { path: source, offset, size, scratch, tools }: VerifyRequest,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const target = path.join(scratch, `${randomUUID()}.img`);
  try {
    await sparseCopy(tools, 'copy', source, String(offset), String(size), target);
    return await work(target);
  } finally {
    await rm(target, { force: true });
  }
}

export interface InFile {
  readonly path: string;
  /** Bytes. */
  readonly offset: number;
}

/**
 * Has a file system made that the tool can write at an offset: in place where the space is a range
 * of the image, else in a scratch file, which is checked and then copied.
 */
export async function makeInPlace(
  { space, tools, scratch }: Surroundings & { readonly space: Space },
  make: (place: InFile) => Promise<void>,
  verify: (request: VerifyRequest) => Promise<void>,
): Promise<void> {
  if (space.inFile !== undefined) {
    await make(space.inFile);
    return;
  }
  await makeInScratchFile(
    { space, tools, scratch },
    (file) => make({ path: file, offset: 0 }),
    verify,
  );
}

/** The same for a tool that can only make a whole file. */
export async function makeInScratchFile(
  { space, tools, scratch }: Surroundings & { readonly space: Space },
  make: (file: string) => Promise<void>,
  verify: (request: VerifyRequest) => Promise<void>,
): Promise<void> {
  await withScratchFile(scratch, space.size, async (file) => {
    await make(file);
    // Nobody can look into an encrypted space later; a range of the image is checked at the end.
    if (space.inFile === undefined) {
      await verify({ path: file, offset: 0, size: space.size, tools, scratch });
    }
    await copyIntoSpace(file, space, tools);
  });
}
