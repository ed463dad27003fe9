/** Options as environment variables for hooks and tests. */

/** `ssh.port` → `OPT_SSH_PORT`. */
export function environmentName(option: string): string {
  return `OPT_${option.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()}`;
}

/**
 * The variables of one option. Scalars as they are (`true`, `22`), unset as the empty text, lists of
 * scalars one entry a line. Lists, maps and objects also entry by entry: `X_COUNT`, `X_0`, `X_1` …;
 * maps `X_0_KEY`, `X_0_VALUE`; objects `X_NAME`. Values with mappings inside are given as JSON too.
 */
export function optionVariables(option: string, value: unknown): Record<string, string> {
  const variables: Record<string, string> = {};
  flatten(environmentName(option), value, variables);
  return variables;
}

function flatten(name: string, value: unknown, into: Record<string, string>): void {
  if (value === undefined || value === null) {
    into[name] = '';
  } else if (Array.isArray(value)) {
    const entries = value as unknown[];
    into[name] = entries.every(isScalar) ? entries.join('\n') : JSON.stringify(entries);
    into[`${name}_COUNT`] = String(entries.length);
    entries.forEach((entry, index) => {
      flatten(`${name}_${index}`, entry, into);
    });
  } else if (typeof value === 'object') {
    const entries = Object.entries(value);
    // By position comes last: a key such as "count" must not change what every map has.
    for (const [key, entry] of entries)
      flatten(`${name}_${environmentName(key).slice('OPT_'.length)}`, entry, into);
    entries.forEach(([key, entry]: [string, unknown], index) => {
      into[`${name}_${index}_KEY`] = key;
      flatten(`${name}_${index}_VALUE`, entry, into);
    });
    into[name] = JSON.stringify(value);
    into[`${name}_COUNT`] = String(entries.length);
  } else {
    into[name] = typeof value === 'string' ? value : JSON.stringify(value);
  }
}

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;
