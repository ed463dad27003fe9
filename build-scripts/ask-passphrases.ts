import type { Layout } from './composition.ts';
import type { LuksPlan } from './disk/disk-plan.ts';
import { nodesOf, planDisk } from './disk/plan/index.ts';
import { requireTypeable } from './disk/read-passphrases.ts';
import { promptSecret } from './host/prompt-secret.ts';

/** Every LUKS of a layout. @throws ConfigError with the mistakes of the layout */
export function luksNodesOf(layout: Layout): LuksPlan[] {
  const plan = planDisk({ ...layout, contents: {}, seed: 'passphrases' });
  return nodesOf(plan).filter((node): node is LuksPlan => node.type === 'luks');
}

/**
 * Asks for the passphrases that a layout wants to be typed, twice each: nobody could open an image
 * whose passphrase has a typing error. To be called before progress is shown.
 * @returns by the paths of the nodes
 * @throws UserError without a terminal; the reason of the signal
 */
export async function askPassphrases(
  layout: Layout,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Buffer>> {
  const asked = new Map<string, Buffer>();
  for (const node of luksNodesOf(layout))
    if ('prompt' in node.passphrase)
      asked.set(node.path, await askTwice(node, node.passphrase.prompt, signal));
  return asked;
}

async function askTwice(
  node: LuksPlan,
  question: string,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  for (;;) {
    const first = await promptSecret(question, signal);
    const passphrase = requireTypeable(Buffer.from(first), node);
    if ((await promptSecret('Once more', signal)) === first) return passphrase;
    process.stderr.write('these were two different ones; again:\n');
  }
}
