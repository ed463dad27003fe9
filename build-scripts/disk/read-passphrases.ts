import { readFile, stat } from 'node:fs/promises';
import { UserError } from '../host/errors.ts';
import { promptSecret } from '../host/prompt-secret.ts';
import type { LuksPlan } from './disk-plan.ts';

/** What a LUKS node says about its passphrase, without the rest of the plan. */
export type PassphraseSource = LuksPlan['passphrase'];

/**
 * Reads the passphrases of all LUKS nodes before anything is written, so that a missing file or a
 * question does not come at the end.
 *
 * @param nodes of a plan; the result is by their paths
 * @param warn told about files that others can read
 * @throws UserError naming the node
 */
export async function readPassphrases(
  nodes: readonly LuksPlan[],
  warn: (text: string) => void,
): Promise<Map<string, Buffer>> {
  const passphrases = new Map<string, Buffer>();
  for (const node of nodes) {
    passphrases.set(node.path, await readPassphrase(node, warn));
  }
  return passphrases;
}

async function readPassphrase(
  { passphrase, name, path, at }: LuksPlan,
  warn: (text: string) => void,
): Promise<Buffer> {
  const node = at === undefined ? path : `${at.file}:${at.line} (${path})`;
  if ('prompt' in passphrase) return Buffer.from(await promptSecret(passphrase.prompt));
  if ('env' in passphrase) {
    const text = process.env[passphrase.env];
    if (text !== undefined && text !== '') return Buffer.from(text);
    throw new UserError(
      `${node}: the passphrase of LUKS "${name}" is to come from the environment, but ${passphrase.env} is not set`,
      { hint: `export ${passphrase.env}=…, and with sudo: sudo --preserve-env=${passphrase.env}` },
    );
  }
  try {
    const { mode } = await stat(passphrase.file);
    if ((mode & 0o044) !== 0) {
      warn(`${passphrase.file} can be read by others: chmod 600 ${passphrase.file}`);
    }
    const content = await readFile(passphrase.file);
    // One line break at the end is the editor's.
    const end = content.at(-1) === 0x0a ? content.length - 1 : content.length;
    return content.subarray(0, end);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT';
    throw new UserError(
      `${node}: the passphrase of LUKS "${name}" can not be read: ${isMissing ? `there is no file ${passphrase.file}` : message}`,
      {
        hint: isMissing ? `write it down: (umask 077; cat >${passphrase.file})` : undefined,
        cause: error,
      },
    );
  }
}
