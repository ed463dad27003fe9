import { readFileSync } from 'node:fs';
import type { ResolvedProfile } from './config/resolved-profile.ts';
import type { LuksPlan } from './disk/disk-plan.ts';
import { nodesOf, planDisk } from './disk/plan/index.ts';
import { readPassphrases } from './disk/read-passphrases.ts';

/**
 * Passphrases and volume keys of a disk: a name and a value of each.
 * @returns undefined when somebody has to be asked for one
 */
export async function diskSecrets(
  disk: NonNullable<ResolvedProfile['disk']>,
): Promise<readonly (readonly string[])[] | undefined> {
  const plan = planDisk({ ...disk, disk: disk.layout, contents: {}, seed: 'secrets' });
  const luks = nodesOf(plan).filter((node): node is LuksPlan => node.type === 'luks');
  if (luks.some(({ passphrase }) => 'prompt' in passphrase)) return undefined;
  const passphrases = await readPassphrases(luks, () => undefined);
  const keys = luks.flatMap(({ path, volumeKeyFile: file }) =>
    file === undefined ? [] : [['key', path, readFileSync(file).toString('base64')]],
  );
  return [
    ...[...passphrases].map(([path, value]) => ['passphrase', path, value.toString('base64')]),
    ...keys,
  ];
}
