import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { optionVariables } from '../../build-scripts/config/option-environment.ts';
import { shellQuote } from '../../build-scripts/host/shell-quote.ts';
import type { Machine } from './virtual-machine.ts';
import { collectionFolder, type Manifest } from './mkimage.ts';

export interface CollectionTestResults {
  /** `base/tests/30-users` … */
  readonly ran: readonly string[];
  /** What the failed ones said. */
  readonly failures: readonly string[];
}

/** Where tests run: a booted container, or a machine by way of {@link inMachine}. */
export interface Inside {
  run(argv: readonly string[], options: { readonly input?: string }): Promise<unknown>;
  attempt(
    argv: readonly string[],
    options: { readonly env: Readonly<Record<string, string>>; readonly timeout: number },
  ): Promise<{
    readonly exitCode?: number | undefined;
    readonly stdout: string;
    readonly stderr: string;
  }>;
}

export function inMachine(machine: Machine): Inside {
  return {
    run: (argv, { input = '' }) =>
      machine.run(
        `printf %s ${Buffer.from(input).toString('base64')} | base64 -d | ${shellQuote(argv)}`,
      ),
    async attempt(argv, { env, timeout }) {
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const command = shellQuote(['env', ...variables, ...argv]);
      const { exitCode, output } = await machine.attempt(command, timeout / 1000);
      return { exitCode, stdout: output, stderr: '' };
    },
  };
}

/**
 * Runs the tests that the collections of an image bring along, inside of it: `tests/NN-name`, with
 * the options in the environment as hooks have them, secrets left out.
 */
export async function collectionTests(
  inside: Inside,
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
      // Not in /run, which is noexec on machines.
      const copy = `/root/test-${file}`;
      const input = readFileSync(path.join(folder, file), 'utf8');
      await inside.run(['sh', '-c', 'cat >"$1" && chmod 755 "$1"', 'sh', copy], { input });
      const { exitCode, stdout, stderr } = await inside.attempt([copy], {
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
      await inside.run(['rm', copy], {});
      const name = `${collection}/tests/${file}`;
      ran.push(name);
      if (exitCode !== 0) failures.push(`${name}: ${stderr}${stdout}`.trim());
    }
  }
  return { ran, failures };
}
