/**
 * Before all integration tests: a folder that the test files share. What a killed run left behind
 * is removed. With MKIMAGE_TEST_SHARED=FOLDER the folder stays, and the next run with it takes the
 * images that it finds there: for work on the tests themselves.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { removeTestUser } from './global-teardown.js';

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

export default function setup() {
  for (const [, name = '', pid] of readFileSync('/etc/passwd', 'utf8').matchAll(
    /^(mkimage-test-(\d+)):/gm,
  )) {
    if (!isAlive(Number(pid))) removeTestUser(name);
  }
  for (const name of readdirSync(os.tmpdir())) {
    const [, pid] = /^mkimage-tests-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    // Somebody else's, perhaps.
    try {
      rmSync(path.join(os.tmpdir(), name), { recursive: true, force: true });
    } catch {
      continue;
    }
  }
  const kept = process.env.MKIMAGE_TEST_SHARED;
  if (kept !== undefined) {
    mkdirSync(kept, { recursive: true });
    process.env.MKIMAGE_TEST_USER = 'mkimage-test-kept';
    return;
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), `mkimage-tests-${process.pid}-`));
  // Containers and the ordinary user of the tests work in it.
  chmodSync(folder, 0o755);
  process.env.MKIMAGE_TEST_SHARED = folder;
  process.env.MKIMAGE_TEST_USER = `mkimage-test-${process.pid}`;
}
