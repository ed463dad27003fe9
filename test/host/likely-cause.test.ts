import { expect, test } from '@jest/globals';
import { likelyCause } from '../../build-scripts/host/likely-cause.ts';

// Lines as the tools really print them.
test.each([
  ['cp: error writing "/x": No space left on device', /is full/],
  ['newuidmap: uid range [0-1) -> [1000-1001) not allowed', /subuid/],
  ['unshare: unshare failed: Operation not permitted', /unprivileged_userns_clone/],
  [
    "W: Failed to fetch http://mirror.example/x  Temporary failure resolving 'mirror.example'",
    /the name mirror\.example cannot be resolved/,
  ],
  ["E: Could not resolve 'proxy.example'", /the name proxy\.example cannot/],
  ['Could not connect to mirror.example:80 (192.0.2.1).', /no connection to mirror\.example:80/],
  ['curl: (7) Failed to connect: Connection refused', /does not answer/],
  ['E: Unable to locate package nanoo', /the package nanoo does not exist/],
  ["E: Package 'foo-bar' has no installation candidate", /the package foo-bar cannot be/],
  ['E: Package foo has no installation candidate', /the package foo cannot be/],
  ['the public key is not available: NO_PUBKEY 648ACFD622F3D138', /key 648ACFD622F3D138/],
  ["E: The repository 'http://mirror.example sid InRelease' is not signed.", /signature/],
  [
    "E: The repository 'http://mirror.example wheezy Release' does not have a Release file.",
    /suite/,
  ],
  ['E: Failed to fetch http://mirror.example/a.deb  404  Not Found', /does not have a file/],
  ['E: Failed to fetch http://mirror.example/a.deb  Hash Sum mismatch', /try again/],
  ['chroot: failed to run command: Exec format error', /qemu-user-static/],
  ['fork: Cannot allocate memory', /memory/],
])('%s', (line, hint) => {
  expect(likelyCause(['some other line', line, 'E: mmdebstrap failed to run'])).toMatch(hint);
});

test('the root cause wins over what follows from it', () => {
  const lines = ['E: … 404  Not Found', 'tar: write error: No space left on device'];
  expect(likelyCause(lines)).toMatch(/full/);
});

test('nothing known, nothing said', () => {
  expect(likelyCause(['hook: something of its own'])).toBeUndefined();
  expect(likelyCause([])).toBeUndefined();
});
