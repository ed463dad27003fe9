import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { optionVariables } from '../../build-scripts/config/option-environment.ts';
import type { Container } from './container.ts';
import { collectionFolder, type Manifest } from './mkimage.ts';

export interface CollectionTestResults {
  /** `base/tests/30-users` … */
  readonly ran: readonly string[];
  /** What the failed ones said. */
  readonly failures: readonly string[];
}

/**
 * Runs the tests that the collections of an image bring along, inside of it: `tests/NN-name`, with
 * the options in the environment as hooks have them, secrets left out.
 */
export async function collectionTests(
  container: Container,
  manifest: Manifest,
): Promise<CollectionTestResults> {
  const ran: string[] = [];
  const failures: string[] = [];
  const options = Object.fromEntries(
    Object.entries(manifest.options).flatMap(([name, { value }]) =>
      Object.entries(optionVariables(name, value)),
    ),
  );
  for (const collection of manifest.collections) {
    const folder = path.join(collectionFolder(collection) ?? '', 'tests');
    if (!existsSync(folder)) continue;
    for (const file of readdirSync(folder).sort()) {
      const copy = `/run/test-${file}`;
      const input = readFileSync(path.join(folder, file), 'utf8');
      await container.run(['sh', '-c', 'cat >"$1" && chmod 755 "$1"', 'sh', copy], { input });
      const { exitCode, stdout, stderr } = await container.attempt([copy], {
        env: {
          ...options,
          LC_ALL: 'C.UTF-8',
          MKIMAGE_COLLECTION: collection,
          MKIMAGE_COLLECTIONS: manifest.collections.join('\n'),
          MKIMAGE_PROFILE: manifest.profile,
          MKIMAGE_SUITE: manifest.settings.suite,
          MKIMAGE_ARCH: manifest.settings.arch,
        },
        timeout: 120_000,
      });
      await container.run(['rm', copy]);
      const name = `${collection}/tests/${file}`;
      ran.push(name);
      if (exitCode !== 0) failures.push(`${name}: ${stderr}${stdout}`.trim());
    }
  }
  return { ran, failures };
}
