import { expect, test } from '@jest/globals';
import {
  checkSandboxHost,
  type HostView,
  requireSandboxHost,
} from '../../build-scripts/host/sandbox-host.ts';

const RANGES = 'other:100000:65536\nanna:165536:65536\n';

function host(changes: Partial<HostView> & { files?: Record<string, string> } = {}): HostView {
  const files: Record<string, string> = {
    '/etc/subuid': RANGES,
    '/etc/subgid': RANGES,
    '/proc/sys/user/max_user_namespaces': '63000\n',
    ...changes.files,
  };
  return {
    isRoot: false,
    user: { name: 'anna', id: 1000 },
    hasProgram: () => true,
    read: (file) => files[file],
    ...changes,
  };
}

function problems(changes: Parameters<typeof host>[0]): string[] {
  return checkSandboxHost(host(changes)).map(({ problem }) => problem);
}

test('a good host has no problems', () => {
  expect(problems({})).toEqual([]);
  expect(problems({ files: { '/etc/subuid': '1000:100000:65536' } })).toEqual([]);
  expect(problems({ files: { '/proc/sys/kernel/unprivileged_userns_clone': '1\n' } })).toEqual([]);
});

test('root needs no ids and no user namespaces', () => {
  expect(problems({ isRoot: true, read: () => undefined })).toEqual([]);
});

test.each([
  ['none', ''],
  ['too few', 'anna:100000:65535'],
  ["somebody else's", 'annabel:100000:65536'],
])('ids: %s', (_, subuid) => {
  expect(problems({ files: { '/etc/subuid': subuid } })).toEqual([
    '/etc/subuid has no range of 65536 ids for anna',
  ]);
});

test("the range to add is nobody else's", () => {
  const files = { '/etc/subuid': 'other:100000:65536\nmore:400000:100\n', '/etc/subgid': '' };
  const hints = checkSandboxHost(host({ files })).map(({ hint }) => hint);
  const hint = 'usermod --add-subuids 400100-465635 --add-subgids 400100-465635 anna';
  expect(hints).toEqual([hint, hint]);
});

test.each([
  ['kernel/unprivileged_userns_clone', '0\n', 'kernel.unprivileged_userns_clone = 0'],
  [
    'kernel/apparmor_restrict_unprivileged_userns',
    '1\n',
    'kernel.apparmor_restrict_unprivileged_userns = 1',
  ],
  ['user/max_user_namespaces', '0\n', 'user.max_user_namespaces = 0'],
])('kernel: %s', (file, text, shown) => {
  expect(problems({ files: { [`/proc/sys/${file}`]: text } })).toEqual([
    `user namespaces are switched off for ordinary users (${shown})`,
  ]);
});

test('everything at once, each with what helps', () => {
  const bad = host({
    hasProgram: (command) => !command.startsWith('new') && command !== 'nsenter',
    files: { '/etc/subuid': '', '/etc/subgid': '', '/proc/sys/user/max_user_namespaces': '0' },
  });
  let error: unknown;
  try {
    requireSandboxHost(bad);
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({
    exitCode: 1,
    message: `this host cannot run the build sandbox:
  - nsenter is not installed
  - newuidmap is not installed
  - newgidmap is not installed
  - /etc/subuid has no range of 65536 ids for anna
  - /etc/subgid has no range of 65536 ids for anna
  - user namespaces are switched off for ordinary users (user.max_user_namespaces = 0)`,
    hint: `sudo apt install util-linux
sudo apt install uidmap
sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 anna
sudo sysctl -w user.max_user_namespaces=10000
or run mkimage as root`,
  });
});
