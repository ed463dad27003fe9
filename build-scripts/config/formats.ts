import { isIP } from 'node:net';

/**
 * The `format:` names an option declaration may use, and what each one accepts.
 * Every check returns undefined for a good value, else the problem, with a hint after a line break.
 */
export interface Format {
  readonly appliesTo: 'string' | 'integer';
  readonly description: string;
  check(value: string | number): string | undefined;
}

const text = (description: string, check: (value: string) => string | undefined): Format => ({
  appliesTo: 'string',
  description,
  check: (value) => check(String(value)),
});

const matching = (description: string, pattern: RegExp, hint: string): Format =>
  text(description, (value) =>
    pattern.test(value) ? undefined : `"${value}" is not ${description}\n${hint}`,
  );

const range = (description: string, minimum: number, maximum: number): Format => ({
  appliesTo: 'integer',
  description,
  check: (value) =>
    Number(value) >= minimum && Number(value) <= maximum
      ? undefined
      : `${value} is not ${description}\nit must lie between ${minimum} and ${maximum}`,
});

// Debian's adduser NAME_REGEX, and useradd's limit of 32 characters.
const ACCOUNT_NAME = /^[a-z_][a-z0-9_-]{0,31}$/;
const ACCOUNT_HINT = 'lower-case letters, digits, "-" and "_", starting with a letter, at most 32';

// Key types OpenSSH accepts in authorized_keys: sshd(8), AUTHORIZED_KEYS FILE FORMAT.
const SSH_KEY_TYPES = [
  'ssh-ed25519',
  'sk-ssh-ed25519@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-rsa',
];

function checkSshKey(value: string): string | undefined {
  if (value.includes('PRIVATE KEY')) {
    return 'this is a private key, it must never be put into an image\nuse the public part, the one line of the file that ends in .pub';
  }
  const words = value.trim().split(/\s+/);
  const at = words.findIndex((word) => SSH_KEY_TYPES.includes(word));
  if (value.includes('\n'))
    return 'an ssh public key is one single line\nput each key into an entry of its own';
  if (at < 0) {
    return `"${value.slice(0, 40)}${value.length > 40 ? '…' : ''}" is not an ssh public key\nit looks like "ssh-ed25519 AAAA… comment"; known types: ${SSH_KEY_TYPES.join(', ')}`;
  }
  const blob = Buffer.from(words[at + 1] ?? '', 'base64');
  // RFC 4253, 6.6: the blob starts with the length and the name of its own type.
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  const type = blob.subarray(4, 4 + length).toString('latin1');
  if (type !== words[at])
    return `the ssh public key is damaged: its data does not say "${words[at]}"\ncopy the whole line of the .pub file`;
  if (!isWhole(blob)) return 'the ssh public key is cut off\ncopy the whole line of the .pub file';
  return undefined;
}

/** RFC 4251, 5: the blob is a row of fields, each behind its length; a key has at least two. */
function isWhole(blob: Buffer): boolean {
  let fields = 0;
  let offset = 0;
  for (; offset + 4 <= blob.length; fields++) offset += 4 + blob.readUInt32BE(offset);
  return offset === blob.length && fields >= 2;
}

function checkTimezone(value: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    // Intl also takes offsets such as +01:00, which are no tzdata names.
    if (/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(value)) return undefined;
  } catch {
    // falls through: not known
  }
  return `"${value}" is not a time zone\nuse a name of the tz database such as UTC or Europe/Berlin`;
}

function checkCidr(value: string): string | undefined {
  const [address = '', prefix, ...rest] = value.split('/');
  const family = isIP(address);
  const bits = prefix !== undefined && /^\d+$/.test(prefix) ? Number(prefix) : -1;
  const valid = family !== 0 && rest.length === 0 && bits >= 0 && bits <= (family === 4 ? 32 : 128);
  return valid
    ? undefined
    : `"${value}" is not an address with prefix length\nwrite it like 192.0.2.10/24 or 2001:db8::10/64`;
}

function checkUrl(value: string): string | undefined {
  try {
    const url = new URL(value);
    if (['http:', 'https:', 'file:'].includes(url.protocol)) return undefined;
  } catch {
    // falls through: not a URL
  }
  return `"${value}" is not a URL\nwrite it like http://proxy.example.net:3142`;
}

export const FORMATS = {
  hostname: matching(
    'a host name',
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i,
    'letters, digits and "-" (RFC 1123), parts of at most 63 characters separated by dots',
  ),
  username: matching('a user name', ACCOUNT_NAME, ACCOUNT_HINT),
  groupname: matching('a group name', ACCOUNT_NAME, ACCOUNT_HINT),
  // 65534 is nobody; unprivileged containers map 65536 ids.
  uid: range('a user id', 0, 65533),
  gid: range('a group id', 0, 65533),
  port: range('a port number', 1, 65535),
  'ssh-public-key': text('an ssh public key', checkSshKey),
  timezone: text('a time zone', checkTimezone),
  locale: matching(
    'a locale',
    /^(C|POSIX|C\.UTF-8|(eo|tok|[a-z]{2,3}_[A-Z]{2})(\.(UTF-8|utf8|ISO-8859-\d+))?(@[a-z]+)?)$/,
    'write it like en_US.UTF-8, de_DE.UTF-8 or C.UTF-8',
  ),
  'absolute-path': matching(
    'an absolute path',
    /^(?!.*\/\.\.(\/|$))\/[^\0\n]*$/,
    'it must start with "/" and hold no ".."',
  ),
  'host-file': matching(
    'a file of the build host',
    /^(?!.*\/$)[^\0\n]+$/,
    'write its path, absolute or relative to this YAML file',
  ),
  url: text('a URL', checkUrl),
  size: matching('a size', /^\d+(\.\d+)?[KMGT]?%?$/, 'write it like 512M, 2G or 50%'),
  mode: matching('a file mode', /^[0-7]{3,4}$/, 'write it in quotes, like "0644"'),
  'mac-address': matching(
    'a MAC address',
    /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i,
    'write it like 52:54:00:12:34:56',
  ),
  'ip-address': text('an IP address', (value) =>
    isIP(value) !== 0
      ? undefined
      : `"${value}" is not an IP address\nwrite it like 192.0.2.1 or 2001:db8::1`,
  ),
  cidr: text('an address with prefix length', checkCidr),
  'systemd-unit': matching(
    'a systemd unit',
    /^[A-Za-z0-9:_.@\\-]+\.(service|socket|target|timer|mount|automount|path|slice|swap|device|scope)$/,
    'with its suffix, like ssh.service',
  ),
  package: matching(
    'a package name',
    /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/,
    'lower-case letters, digits, "+", "-" and "."',
  ),
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as [FormatName, ...FormatName[]];
