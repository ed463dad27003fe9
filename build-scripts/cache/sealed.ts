import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { giveToCaller } from '../host/file-owner.ts';

/** JSON with a checksum in front, on a line of its own: a flipped bit is seen. */
export function seal(value: unknown): string {
  const text = JSON.stringify(value, null, 1);
  return `${createHash('sha256').update(text).digest('hex')}\n${text}\n`;
}

/** @returns undefined when it is not what was sealed */
export function parseSealed(sealed: string): unknown {
  const text = sealed.slice(65, -1);
  if (createHash('sha256').update(text).digest('hex') !== sealed.slice(0, 64)) return undefined;
  return JSON.parse(text);
}

/** A random key that is made once and stays: 32 bytes. */
export async function readSecret(file: string): Promise<Buffer> {
  const known = await readFile(file).catch(() => undefined);
  if (known?.length === 32) return known;
  if (known !== undefined) await rm(file, { force: true });
  const whole = `${file}.${randomUUID()}`;
  try {
    await writeFile(whole, randomBytes(32), { mode: 0o600, flag: 'wx' });
    await giveToCaller(whole);
    // It appears with all its bytes, or another build was faster.
    await link(whole, file).catch(async (error: unknown) => {
      // Some file systems have no hard links.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rename(whole, file);
    });
  } finally {
    await rm(whole, { force: true });
  }
  return readFile(file);
}
