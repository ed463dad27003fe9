import { describe, expect, test } from '@jest/globals';
import { FORMATS, FORMAT_NAMES, type FormatName } from '../../build-scripts/config/formats.ts';

/** An ssh public key whose blob has these fields. */
function sshKey(type: string, fields: readonly (string | Buffer)[]): string {
  const blob = fields.map((field) => {
    const content = Buffer.from(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([length, content]);
  });
  return `${type} ${Buffer.concat(blob).toString('base64')}`;
}

const ed25519 = sshKey('ssh-ed25519', ['ssh-ed25519', Buffer.alloc(32, 7)]);
const rsa = sshKey('ssh-rsa', ['ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(257, 9)]);

/** What each format takes, and what it refuses with (a part of) the reason. */
const cases: Record<
  FormatName,
  { good: readonly (string | number)[]; bad: readonly (readonly [string | number, string])[] }
> = {
  hostname: {
    good: ['web1', 'Web-1', '1and1', 'web.example.net', 'a'.repeat(63)],
    bad: ['', '-web', 'web-', 'web_1', 'web..net', 'a b', '.', 'a'.repeat(64)].map(
      (name) => [name, 'is not a host name'] as const,
    ),
  },
  username: {
    good: ['alice', '_apt', 'systemd-network', 'a1', 'a'.repeat(32)],
    bad: ['', 'Alice', '1a', '-a', 'a b', 'a:b', 'root\n', 'a'.repeat(33)].map(
      (name) => [name, 'is not a user name'] as const,
    ),
  },
  groupname: { good: ['adm', 'ssh-login'], bad: [['Adm', 'is not a group name']] },
  'host-file': {
    good: ['luks.passphrase', '../keys/a b', '/etc/key'],
    bad: ['', 'keys/', 'a\nb'].map((name) => [name, 'is not a file of the build host'] as const),
  },
  uid: {
    good: [0, 1000, 65533],
    bad: [
      [-1, '-1 is not a user id'],
      [65534, 'between 0 and 65533'],
      [4294967295, 'is not a user id'],
    ],
  },
  gid: { good: [0, 65533], bad: [[65534, 'is not a group id']] },
  port: {
    good: [1, 22, 65535],
    bad: [
      [0, 'between 1 and 65535'],
      [65536, 'is not a port number'],
    ],
  },
  'ssh-public-key': {
    good: [
      ed25519,
      `${ed25519} alice@example.net, laptop`,
      `from="10.0.0.0/8",no-pty ${ed25519} comment`,
      rsa,
      sshKey('sk-ssh-ed25519@openssh.com', [
        'sk-ssh-ed25519@openssh.com',
        Buffer.alloc(32),
        'ssh:',
      ]),
    ],
    bad: [
      ['', 'is not an ssh public key'],
      ['hello', 'is not an ssh public key'],
      ['ssh-dss AAAAB3NzaC1kc3MAAACBAP', 'is not an ssh public key'],
      ['-----BEGIN OPENSSH PRIVATE KEY-----', 'this is a private key'],
      ['-----BEGIN RSA PRIVATE KEY-----\nAAAA\n', 'this is a private key'],
      [`${ed25519}\n${rsa}`, 'one single line'],
      [ed25519.slice(0, -6), 'is cut off'],
      [ed25519.slice(0, 40), 'is cut off'],
      [rsa.slice(0, 200), 'is cut off'],
      ['ssh-ed25519', 'is damaged'],
      [`ssh-rsa ${ed25519.split(' ')[1] ?? ''}`, 'does not say "ssh-rsa"'],
      [sshKey('ssh-ed25519', ['ssh-ed25519']), 'is cut off'],
    ],
  },
  timezone: {
    good: ['UTC', 'Etc/UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'],
    bad: ['', 'Europe/Berln', '+01:00', 'Berlin', '../etc/passwd'].map(
      (name) => [name, 'is not a time zone'] as const,
    ),
  },
  locale: {
    good: ['C', 'C.UTF-8', 'POSIX', 'en_US.UTF-8', 'de_DE', 'ca_ES.UTF-8@valencia', 'eo.UTF-8'],
    bad: ['', 'de', 'english', 'en-US', 'en_us.UTF-8', 'en_US.utf-8', 'de_DE.UTF-8 UTF-8'].map(
      (name) => [name, 'is not a locale'] as const,
    ),
  },
  'absolute-path': {
    good: ['/', '/etc/motd', '/a b', '/etc/foo..bar', '/.ssh'],
    bad: ['', 'etc', './etc', '/etc/../root', '/..', '/a\nb'].map(
      (name) => [name, 'is not an absolute path'] as const,
    ),
  },
  url: {
    good: ['http://proxy.example.net:3142', 'https://example.net/debian/', 'file:///srv/mirror'],
    bad: ['', 'example.net', 'ftp://example.net', 'http://'].map(
      (name) => [name, 'is not a URL'] as const,
    ),
  },
  size: {
    good: ['512M', '1.5G', '50%', '4096', '1T'],
    bad: ['', '10 GB', '10GB', '-1M', 'M'].map((name) => [name, 'is not a size'] as const),
  },
  mode: {
    good: ['644', '0644', '4755'],
    bad: ['', '888', '64', '0o644', 'u+x', '06444'].map(
      (name) => [name, 'is not a file mode'] as const,
    ),
  },
  'mac-address': {
    good: ['52:54:00:12:34:56', 'AA:bb:CC:00:11:22'],
    bad: ['', '52-54-00-12-34-56', '52:54:00:12:34', '52:54:00:12:34:5g'].map(
      (name) => [name, 'is not a MAC address'] as const,
    ),
  },
  'ip-address': {
    good: ['192.0.2.1', '2001:db8::1', '::'],
    bad: ['', '192.0.2.300', '192.0.2.1/24', 'localhost'].map(
      (name) => [name, 'is not an IP address'] as const,
    ),
  },
  cidr: {
    good: ['192.0.2.10/24', '2001:db8::10/64', '0.0.0.0/0', '::/128'],
    bad: ['', '192.0.2.10', '192.0.2.10/33', '192.0.2.10/', '2001:db8::/129', '1.2.3.4/8/8'].map(
      (name) => [name, 'is not an address with prefix length'] as const,
    ),
  },
  'systemd-unit': {
    good: ['ssh.service', 'getty@tty1.service', 'apt-daily.timer', '-.mount', 'a\\x2db.mount'],
    bad: ['', 'ssh', 'ssh.servce', 'a b.service', '../x.service', '.service'].map(
      (name) => [name, 'is not a systemd unit'] as const,
    ),
  },
  package: {
    good: ['vim', 'g++', 'libc6:arm64', 'python3.11', '0ad'],
    bad: ['', 'Vim', 'v', 'a_b', 'vim nano', '-nano', 'vim=1.0'].map(
      (name) => [name, 'is not a package name'] as const,
    ),
  },
};

test('every format has cases', () => {
  expect(Object.keys(cases).sort()).toEqual([...FORMAT_NAMES].sort());
});

describe.each(FORMAT_NAMES)('%s', (name) => {
  test.each(cases[name].good.map((value) => [value]))('takes %j', (value) => {
    expect(FORMATS[name].check(value)).toBeUndefined();
  });
  test.each(cases[name].bad)('refuses %j: %s', (value, reason) => {
    expect(FORMATS[name].check(value)).toContain(reason);
  });
});
