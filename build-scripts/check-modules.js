/**
 * Exit code 0 when node_modules holds what package-lock.json asks for, else 1. npm records what it
 * installed in node_modules/.package-lock.json, at the end of a successful run.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} Entry */

const root = path.dirname(import.meta.dirname);

/**
 * @param {string} file relative to the checkout
 * @returns {Record<string, Entry>} by path below the checkout; '' is the checkout itself
 */
function packagesIn(file) {
  const lock = /** @type {{ packages: Record<string, Entry> }} */ (
    JSON.parse(readFileSync(path.join(root, file), 'utf8'))
  );
  return lock.packages;
}

const installed = packagesIn('node_modules/.package-lock.json');
const complete = Object.entries(packagesIn('package-lock.json')).every(([name, wanted]) => {
  const found = installed[name];
  // Optional packages are those for other machines.
  if (found === undefined) return name === '' || wanted.optional === true;
  return found.version === wanted.version && found.integrity === wanted.integrity;
});
process.exitCode = complete ? 0 : 1;
