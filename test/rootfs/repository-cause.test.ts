import { describe, expect, test } from '@jest/globals';
import type { Repository } from '../../build-scripts/config/settings.ts';
import { CommandError } from '../../build-scripts/host/errors.ts';
import {
  repositoryCause,
  withRepositoryCause,
} from '../../build-scripts/rootfs/repository-cause.ts';

const repositories: Repository[] = [
  { name: 'first', uri: 'http://a.example.org/debian', suite: 'stable', key: '/a.asc' },
  { name: 'second', uri: 'https://me:word@b.example.org/x/', suite: 'bookworm', key: '/b.asc' },
];
const failed = (url: string, reason: string): string => `E: Failed to fetch ${url}  ${reason}`;
const FIRST = 'http://a.example.org/debian/dists/stable/InRelease';

describe('which repository failed', () => {
  test.each([
    "Could not resolve 'a.example.org'",
    'Could not connect to a.example.org:80 (192.0.2.1), connection timed out',
    '403  Forbidden [IP: 192.0.2.1 3128]',
  ])('not reached: %s', (reason) => {
    expect(repositoryCause(['Err:4 …', failed(FIRST, reason)], repositories)).toBe(
      `the repository "first" (http://a.example.org/debian) can not be reached from here: ${reason}; check its address, the network and the apt proxy`,
    );
  });

  test('reached, but without the suite', () => {
    expect(
      repositoryCause([failed(FIRST, '404  Not Found [IP: 192.0.2.1 80]')], repositories),
    ).toBe(
      'the repository "first" (http://a.example.org/debian) has no suite stable; check its address and suite',
    );
  });

  test('a password in the address is not shown', () => {
    const line = failed('https://b.example.org/x/dists/bookworm/InRelease', 'Connection refused');
    const cause = repositoryCause([line], repositories);
    expect(cause).toContain('"second" (https://b.example.org/x/)');
    expect(cause).not.toContain('word');
  });

  test.each([
    ["Debian's mirror", failed('http://a.example.org/debian-security/x', 'Connection refused')],
    ['a signature', failed(FIRST, "The following signatures couldn't be verified: NO_PUBKEY 1234")],
    ['a mirror in the middle of an update', failed(FIRST, 'Hash Sum mismatch')],
    ['something else', 'E: Unable to locate package nanoo'],
  ])('not when it is %s', (_, line) => {
    expect(repositoryCause([line], repositories)).toBeUndefined();
  });
});

describe('the failure of a tool', () => {
  const error = new CommandError({
    command: ['mmdebstrap', 'bookworm'],
    exitCode: 25,
    lastLines: [failed(FIRST, "Could not resolve 'a.example.org'")],
    logFile: '/log',
  });

  test('gets the repository as its likely cause and keeps everything else', () => {
    const explained = withRepositoryCause(error, repositories);
    expect(explained).toBeInstanceOf(CommandError);
    const { message, commandExitCode, logFile } = explained as CommandError;
    expect(message).toContain('mmdebstrap failed: exit code 25');
    expect(message).toContain('likely cause: the repository "first"');
    expect([commandExitCode, logFile]).toEqual([25, '/log']);
  });

  test('stays as it is without one', () => {
    expect(withRepositoryCause(error, [])).toBe(error);
    const other = new Error('x');
    expect(withRepositoryCause(other, repositories)).toBe(other);
  });
});
