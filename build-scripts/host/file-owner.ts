import { lchown } from 'node:fs/promises';

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
