import { randomUUID } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { dataExtents } from '../../host/data-extents.ts';
import { runAll } from '../../host/run-all.ts';
import { scriptPath } from '../../host/script-path.ts';
import { copyExtents } from '../space/copy-extents.ts';
import type { Space } from '../space/space.ts';
import type { ToolRunner } from '../tool-runner.ts';
import type { VerifyRequest } from './file-system.ts';

interface Surroundings {
  readonly tools: ToolRunner;
  readonly scratch: string;
  readonly onProgress?: ((copied: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
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

/** Lends a sparse copy of a range, for tools that know no offset. */
export async function withCopyOfRange<T>(
  { path: source, offset, size, scratch, tools }: VerifyRequest,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const target = path.join(scratch, `${randomUUID()}.img`);
  try {
    const range = [source, String(offset), String(size), target];
    await tools.run(['perl', '-', ...range], {
      input: await readFile(scriptPath('../disk/filesystems/sparse-copy.pl')),
      logCommand: ['sparse-copy.pl', ...range],
    });
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
  { space, tools, scratch, onProgress, signal }: Surroundings & { readonly space: Space },
  make: (place: InFile) => Promise<void>,
  verify: (request: VerifyRequest) => Promise<void>,
): Promise<void> {
  if (space.inFile !== undefined) {
    await make(space.inFile);
    return;
  }
  await makeInScratchFile(
    { space, tools, scratch, onProgress, signal },
    (file) => make({ path: file, offset: 0 }),
    verify,
  );
}

/**
 * The same for a tool that can only make a whole file.
 * @throws the reason of `signal`, when that ends the copying
 */
export async function makeInScratchFile(
  { space, tools, scratch, onProgress, signal }: Surroundings & { readonly space: Space },
  make: (file: string) => Promise<void>,
  verify: (request: VerifyRequest) => Promise<void>,
): Promise<void> {
  await withScratchFile(scratch, space.size, async (file) => {
    await make(file);
    const copied = dataExtents(tools.run, file).then((extents) =>
      copyExtents(file, extents, space, { onProgress, signal }),
    );
    // Nobody can look into an encrypted space later; a range of the image is checked at the end.
    const verified =
      space.inFile === undefined
        ? verify({ path: file, offset: 0, size: space.size, tools, scratch })
        : Promise.resolve();
    // Both read the file: it has to stay until they have come to rest.
    await runAll([verified, copied]);
  });
}
