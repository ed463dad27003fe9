import { lchown, mkdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * With sudo, files belong to the user who called it: chowns `file` (not what it points to).
 * Does nothing for ordinary users and for a root who did not come through sudo.
 */
export async function giveToCaller(file: string): Promise<void> {
  const uid = Number(process.env.SUDO_UID);
  const gid = Number(process.env.SUDO_GID);
  if (process.geteuid?.() !== 0 || !Number.isInteger(uid) || !Number.isInteger(gid)) return;
  await lchown(file, uid, gid);
}

/**
 * Makes a folder with its parents, each for the caller when that is sudo.
 * @param mode of all that are made
 */
export async function makeFolder(folder: string, mode?: number): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = path.dirname(made))
    await giveToCaller(made);
}
