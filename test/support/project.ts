import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { ConfigError } from '../../build-scripts/config/diagnostics.ts';
import { resolveProfile } from '../../build-scripts/config/resolve-profile.ts';
import type { ResolvedProfile } from '../../build-scripts/config/resolved-profile.ts';
import { searchPaths, type SearchPaths } from '../../build-scripts/config/search-paths.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder that is removed when the tests of the file are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'mkimage-test-'));
  folders.push(folder);
  return folder;
}

/**
 * A project with these files: path → text. Hooks and tests are executable. `profiles/p.yml` is there
 * unless it is given.
 */
export function makeProject(files: Readonly<Record<string, string>>): SearchPaths {
  const projectDir = temporaryFolder();
  const all = { 'profiles/p.yml': 'suite: bookworm\narch: amd64\n', ...files };
  for (const [name, text] of Object.entries(all)) {
    const file = path.join(projectDir, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, /^collections\/.*\/(hooks|tests)\//.test(name) ? 0o755 : 0o644);
  }
  return searchPaths({ projectDir, workingDir: projectDir });
}

/** A profile of such a project. */
export function resolveIn(
  paths: SearchPaths,
  set: readonly string[] = [],
  profile = 'p',
): ResolvedProfile {
  return resolveProfile({ profile, paths, set, knownOutputs: ['lxc'] });
}

/** The text of the mistakes that `run` finds. */
export function mistakesOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('no mistake was found');
}
