import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/**
 * An empty folder for a test file, which everybody may look into: containers and other users work
 * in it. Give it back with {@link removeScratch}.
 */
export async function makeScratch(name: string): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), `mkimage-test-${name}-`));
  await chmod(directory, 0o755);
  return directory;
}

export async function removeScratch(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
