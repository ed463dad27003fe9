import { readFileSync, statSync } from 'node:fs';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import type { SecretReference } from '../config/option-declaration.ts';
import { mapSecrets } from '../config/secrets.ts';
import { UserError } from '../host/errors.ts';

export interface ReadSecrets {
  /** All option values, references replaced by what they lead to. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Every secret text, for the log to blank out. */
  readonly secrets: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Follows the references of secret options. The only place where a secret becomes text.
 * @throws UserError naming the option when a file cannot be read or a variable is not set
 */
export function readSecrets(profile: ResolvedProfile): ReadSecrets {
  const secrets: string[] = [];
  const warnings: string[] = [];
  const values = new Map<string, unknown>();
  for (const { name, declaration, value } of profile.options.values()) {
    const own = mapSecrets(declaration, value, (secret) => {
      const text = typeof secret === 'string' ? secret : follow(name, secret, warnings);
      if (text !== '') secrets.push(text);
      return text;
    });
    values.set(name, own);
  }
  return { values, secrets, warnings };
}

function follow(option: string, reference: SecretReference, warnings: string[]): string {
  if ('env' in reference) {
    const text = process.env[reference.env];
    if (text !== undefined) return text;
    throw new UserError(
      `option "${option}" takes its secret from the environment, but ${reference.env} is not set`,
      {
        hint: `export ${reference.env}=…, and with sudo: sudo --preserve-env=${reference.env}`,
      },
    );
  }
  try {
    if ((statSync(reference.file).mode & 0o044) !== 0) {
      warnings.push(
        `${reference.file} (secret of option "${option}") can be read by others: chmod 600 ${reference.file}`,
      );
    }
    return readFileSync(reference.file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new UserError(
      `the secret of option "${option}" can not be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
