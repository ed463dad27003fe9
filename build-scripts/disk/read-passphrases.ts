import { readFile, stat } from 'node:fs/promises';
import { UserError } from '../host/errors.ts';
import { promptSecret } from '../host/prompt-secret.ts';
import type { LuksPlan } from './disk-plan.ts';
import { LONGEST_PASSPHRASE } from './layers/luks-header.ts';
import { withVolumeKey } from './layers/volume-key.ts';
import { nodePlace } from './node-place.ts';

/** What a LUKS node says about its passphrase, without the rest of the plan. */
export type PassphraseSource = LuksPlan['passphrase'];

/**
 * Reads the passphrases of all LUKS nodes before anything is written, so that a missing file or a
 * question does not come at the end.
 *
 * @param nodes of a plan; the result is by their paths
 * @param warn told about files that others can read
 * @param asked those that were typed already; for others somebody is asked
 * @throws UserError naming the node
 */
export async function readPassphrases(
  nodes: readonly LuksPlan[],
  warn: (text: string) => void,
  asked: ReadonlyMap<string, Buffer> = new Map(),
): Promise<Map<string, Buffer>> {
  const passphrases = new Map<string, Buffer>();
  for (const node of nodes) {
    passphrases.set(node.path, asked.get(node.path) ?? (await readPassphrase(node, warn)));
  }
  return passphrases;
}

/**
 * Looks at the volume keys that come from files, so that a wrong one is not found when the disk is
 * written. Warns about nothing: that is done when they are used.
 *
 * @throws UserError naming the node
 */
export async function checkVolumeKeys(nodes: readonly LuksPlan[]): Promise<void> {
  for (const node of nodes)
    if (node.volumeKeyFile !== undefined) await withVolumeKey(node, () => Promise.resolve());
}

/**
 * Refuses what can not be typed at boot: the keyslot would be one that nobody can open.
 *
 * @param passphrase without the line break that ends it
 * @returns the same bytes
 * @throws UserError naming the node, never the passphrase
 */
export function requireTypeable(passphrase: Buffer, node: LuksPlan): Buffer {
  const wrong = whyNotTypeable(passphrase);
  if (wrong === undefined) return passphrase;
  throw new UserError(`${nodePlace(node)}: the passphrase of LUKS "${node.name}" ${wrong}`, {
    hint: `it has to be one line of at most ${LONGEST_PASSPHRASE} bytes that can be typed at boot`,
  });
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

function whyNotTypeable(passphrase: Buffer): string | undefined {
  if (passphrase.length === 0) return 'is empty';
  if (passphrase.length > LONGEST_PASSPHRASE) return `is longer than ${LONGEST_PASSPHRASE} bytes`;
  if (passphrase.includes(BYTE_ORDER_MARK)) return 'has a byte order mark in it, as Windows writes';
  if (passphrase.includes(0x0a) || passphrase.includes(0x0d)) return 'has a line break in it';
  if (passphrase.some((byte) => byte < 0x20 || byte === 0x7f))
    return 'has a control character in it';
  return undefined;
}

/** One line break at the end is the editor's, or that of the command that set a variable. */
function withoutLineBreak(content: Buffer): Buffer {
  if (content.at(-1) !== 0x0a) return content;
  return content.subarray(0, content.at(-2) === 0x0d ? -2 : -1);
}

async function readPassphrase(node: LuksPlan, warn: (text: string) => void): Promise<Buffer> {
  const { passphrase, name } = node;
  if ('prompt' in passphrase) return Buffer.from(await promptSecret(passphrase.prompt));
  if ('env' in passphrase) {
    const text = process.env[passphrase.env];
    if (text !== undefined && text !== '')
      return requireTypeable(withoutLineBreak(Buffer.from(text)), node);
    throw new UserError(
      `${nodePlace(node)}: the passphrase of LUKS "${name}" is to come from the environment, but ${passphrase.env} is not set`,
      { hint: `export ${passphrase.env}=…, and with sudo: sudo --preserve-env=${passphrase.env}` },
    );
  }
  return requireTypeable(withoutLineBreak(await readSecret(passphrase.file, node, warn)), node);
}

async function readSecret(
  file: string,
  node: LuksPlan,
  warn: (text: string) => void,
): Promise<Buffer> {
  try {
    const { mode } = await stat(file);
    if ((mode & 0o044) !== 0) warn(`${file} can be read by others: chmod 600 ${file}`);
    return await readFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT';
    throw new UserError(
      `${nodePlace(node)}: the passphrase of LUKS "${node.name}" can not be read: ${isMissing ? `there is no file ${file}` : message}`,
      { hint: isMissing ? `write it down: (umask 077; cat >${file})` : undefined, cause: error },
    );
  }
}
