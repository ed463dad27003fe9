import { UserError } from '../../host/errors.ts';
import type { LuksPlan } from '../disk-plan.ts';
import { formatHeader } from './luks-format.ts';
import type { LuksSecrets } from './luks-secrets.ts';
import { luks1Header } from './luks1-header.ts';
import { luks2Header } from './luks2-header.ts';
import type { RunTool } from './run-tool.ts';

/** What LuksSpace can encrypt with. */
const CIPHER = 'aes-xts-plain64';
/** The least that cryptsetup and the LUKS1 specification take for PBKDF2. */
const MIN_PBKDF2_ITERATIONS = 1000;
/** What cryptsetup reads from a terminal, and so the longest that can be typed at boot, bytes. */
export const LONGEST_PASSPHRASE = 512;

/**
 * The header of a LUKS container, to be written at its start.
 *
 * By default cryptsetup makes it, with random salts. With a secret key file in the plan it is made
 * here, and the same on every build: its salts follow from that secret.
 *
 * @param directory private; this process and `run` see it under the same name
 * @throws UserError when the plan asks for something that cannot be done
 * @throws CommandError when cryptsetup fails
 */
export async function luksHeader(
  run: RunTool,
  plan: LuksPlan,
  secrets: LuksSecrets,
  directory: string,
): Promise<Uint8Array> {
  checkLuks(plan);
  if (secrets.volumeKey.length * 8 !== plan.keySize) {
    throw new RangeError(`${plan.path}: the volume key does not have ${plan.keySize} bits`);
  }
  const { length } = secrets.passphrase;
  if (length === 0 || length > LONGEST_PASSPHRASE) {
    throw new UserError(
      length === 0
        ? `${plan.path}: the passphrase is empty`
        : `${plan.path}: the passphrase is longer than ${LONGEST_PASSPHRASE} bytes`,
    );
  }
  if (plan.volumeKeyFile === undefined) return formatHeader(run, plan, secrets, directory);
  return plan.version === 2 ? luks2Header(plan, secrets) : luks1Header(plan, secrets);
}

/** @throws UserError for what neither cryptsetup nor this program can do; names the node */
export function checkLuks(plan: LuksPlan): void {
  const { pbkdf } = plan;
  const refuse = (message: string, hint?: string): never => {
    throw new UserError(`${plan.path}: ${message}`, { hint });
  };
  if (plan.cipher !== CIPHER) refuse(`cipher ${plan.cipher} is not supported`, `use ${CIPHER}`);
  if (plan.version === 1 && plan.sectorSize !== 512) {
    refuse(`LUKS1 has sectors of 512 bytes, not ${plan.sectorSize}`);
  }
  if (plan.version === 1 && pbkdf.type !== 'pbkdf2') {
    refuse(`LUKS1 knows no ${pbkdf.type}`, 'use pbkdf2, or version 2');
  }
  if (plan.volumeKeyFile !== undefined && pbkdf.type !== 'pbkdf2') {
    refuse(
      `with a volume key file the pbkdf has to be pbkdf2, not ${pbkdf.type}`,
      'such a header is made without cryptsetup, and without argon2',
    );
  }
  if (pbkdf.type === 'pbkdf2' && pbkdf.iterations < MIN_PBKDF2_ITERATIONS) {
    refuse(`pbkdf2 needs at least ${MIN_PBKDF2_ITERATIONS} iterations, not ${pbkdf.iterations}`);
  }
}
