import type { ResolvedProfile } from './config/resolved-profile.ts';
import type { LuksPlan } from './disk/disk-plan.ts';
import { withVolumeKey } from './disk/layers/volume-key.ts';
import { nodesOf, planDisk } from './disk/plan/index.ts';
import { readPassphrases } from './disk/read-passphrases.ts';

/**
 * Passphrases and volume keys of a disk: a name and a value of each.
 * @returns undefined when somebody has to be asked for one
 * @throws UserError naming the node whose passphrase or key can not be used
 */
export async function diskSecrets(
  disk: NonNullable<ResolvedProfile['disk']>,
): Promise<readonly (readonly string[])[] | undefined> {
  const plan = planDisk({ ...disk, disk: disk.layout, contents: {}, seed: 'secrets' });
  const luks = nodesOf(plan).filter((node): node is LuksPlan => node.type === 'luks');
  if (luks.some(({ passphrase }) => 'prompt' in passphrase)) return undefined;
  const passphrases = await readPassphrases(luks, () => undefined);
  const keys: string[][] = [];
  for (const node of luks)
    if (node.volumeKeyFile !== undefined) keys.push(['key', node.path, await volumeKeyOf(node)]);
  return [
    ...[...passphrases].map(([path, value]) => ['passphrase', path, value.toString('base64')]),
    ...keys,
  ];
}

const volumeKeyOf = (node: LuksPlan): Promise<string> =>
  withVolumeKey(node, (key) => Promise.resolve(key.toString('base64')));
