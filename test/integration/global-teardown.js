/** After all integration tests: removes what they shared. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

/** @param {string} name */
export function removeTestUser(name) {
  if (process.geteuid?.() !== 0) return;
  // Without --remove: the home directory lies in the shared folder.
  spawnSync('userdel', ['--force', name]);
}

export default function teardown() {
  const { MKIMAGE_TEST_SHARED: folder, MKIMAGE_TEST_USER: user } = process.env;
  if (user === 'mkimage-test-kept') return;
  if (user !== undefined && readFileSync('/etc/passwd', 'utf8').includes(`\n${user}:`))
    removeTestUser(user);
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
