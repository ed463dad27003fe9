import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findMistakes } from '../../build-scripts/cli/find-mistakes.ts';
import { ConfigError } from '../../build-scripts/config/diagnostics.ts';
import { listProfileNames } from '../../build-scripts/config/list-profiles.ts';
import { resolveProfile } from '../../build-scripts/config/resolve-profile.ts';
import { searchPaths } from '../../build-scripts/config/search-paths.ts';

const folder = path.resolve(import.meta.dirname, '../fixtures/refused');

/** How a fixture is checked, when not with all its profiles and collections: request.json. */
interface Request {
  readonly profile?: readonly string[];
  readonly set?: readonly string[];
  readonly collections?: readonly string[];
  readonly environmentPath?: string;
}

export const refusedNames = (): string[] => readdirSync(folder).sort();

export const expectedFile = (name: string): string => path.join(folder, name, 'expected.txt');

/** The whole text that `mkimage check` prints for a fixture, which is a project of its own. */
export async function refusalOf(name: string): Promise<string> {
  const projectDir = path.join(folder, name);
  const requestFile = path.join(projectDir, 'request.json');
  const request = existsSync(requestFile)
    ? (JSON.parse(readFileSync(requestFile, 'utf8')) as Request)
    : {};
  const paths = searchPaths({
    projectDir,
    workingDir: projectDir,
    collections: request.collections,
    environmentPath: request.environmentPath,
  });
  const { mistakes } = await findMistakes(
    request.profile ?? listProfileNames(paths).map((profile) => `profiles/${profile}`),
    (profile) =>
      resolveProfile({ profile, paths, set: request.set, knownOutputs: ['lxc', 'qcow2', 'raw'] }),
    paths,
    request.profile === undefined,
  );
  return mistakes.length === 0 ? 'accepted\n' : `${ConfigError.of(mistakes).message}\n`;
}
