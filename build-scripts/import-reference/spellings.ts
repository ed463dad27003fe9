/** Values as people write them for the reference, in the spellings that options of ours take. */

const UNITS: Readonly<Record<string, number>> = { K: 1 / 1024, M: 1, G: 1024, T: 1024 * 1024 };

/** MiB of a size such as 2G, 512m or 1.5GiB; undefined when it is none, or has no unit. */
export function mebibytes(size: string): number | undefined {
  const [, number, letter = ''] =
    /^(\d+(?:\.\d+)?) ?([KMGT])(?:I?B)?$/.exec(size.toUpperCase()) ?? [];
  const factor = UNITS[letter];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/** Ways to write a size, the nearest to the given one first. Options differ in the units they take. */
export function sizeSpellings(size: string): readonly string[] {
  const plain = size.toUpperCase();
  const short = plain.replace(/^(\d+) ?([KMGT])I?B$/, '$1$2');
  const total = mebibytes(size);
  return total === undefined || !Number.isInteger(total) ? [short] : [short, `${total}M`];
}

/** A number; a text that is none stays one, so that it is not taken for 0. */
export const wholeNumber = (text: string): number | string =>
  /^\d+$/.test(text) ? Number(text) : text;

/** Programs take http for the scheme of a proxy that has none. */
export const withScheme = (address: string): string =>
  /^([a-z][a-z0-9+.-]*:\/\/|unix:)/i.test(address) ? address : `http://${address}`;

/** 52:54:00:ab:cd:ef, as networkd reads it: also with dashes, or in three groups with dots. */
export const macAddress = (text: string): string =>
  /^([0-9a-f]{2}-){5}[0-9a-f]{2}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i.test(text)
    ? (text.toLowerCase().replaceAll(/[-.]/g, '').match(/../g) ?? []).join(':')
    : text.toLowerCase();

/** 02:00 for 2:00. */
export const timeOfDay = (text: string): string => text.replace(/^(\d):/, '0$1:');

/** Names of /etc/services that nft takes for ports, as far as a filter for a server has them. */
const SERVICES = new Map(
  Object.entries({
    ...{ ssh: 22, smtp: 25, domain: 53, http: 80, ntp: 123, imap2: 143, snmp: 161, ldap: 389 },
    ...{ https: 443, submissions: 465, syslog: 514, submission: 587, ldaps: 636, imaps: 993 },
    ...{ mysql: 3306, postgresql: 5432 },
  }),
);

export interface Ports {
  readonly single: readonly number[];
  /** Such as 60000-61000. */
  readonly ranges: readonly string[];
  readonly unknown: readonly string[];
}

/** Ports as nft takes them: numbers, names and ranges, also in braces. */
export function ports(text: string): Ports {
  const single: number[] = [];
  const ranges: string[] = [];
  const unknown: string[] = [];
  for (const word of text.split(/[\s,{}]+/).filter((part) => part !== '')) {
    const port = /^\d{1,5}$/.test(word) ? Number(word) : SERVICES.get(word.toLowerCase());
    if (port !== undefined) single.push(port);
    else if (/^\d{1,5}-\d{1,5}$/.test(word)) ranges.push(word);
    else unknown.push(word);
  }
  return { single, ranges, unknown };
}
