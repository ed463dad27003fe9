import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ResolvedProfile } from '../config/resolved-profile.ts';
import type { Repository } from '../config/settings.ts';
import { runAll } from '../host/run-all.ts';
import type { Sandbox } from '../host/sandbox.ts';
import type { BuildContext } from './build-context.ts';

/**
 * A repository in the deb822 format of sources.list(5).
 * @param keyPath where apt finds the key
 */
export function sourcesFile(repository: Repository, keyPath: string): string {
  const flat = repository.suite.endsWith('/');
  const components = repository.components ?? (flat ? [] : ['main']);
  return [
    'Types: deb',
    `URIs: ${repository.uri}`,
    `Suites: ${repository.suite}`,
    ...(components.length === 0 ? [] : [`Components: ${components.join(' ')}`]),
    ...(repository.architectures === undefined
      ? []
      : [`Architectures: ${repository.architectures.join(' ')}`]),
    `Signed-By: ${keyPath}`,
    '',
  ].join('\n');
}

/** Where the key lies in the image; apt tells armored keys by the suffix `.asc`. */
function keyInImage(repository: Repository, armored: boolean): string {
  return `/etc/apt/keyrings/${repository.name}.${armored ? 'asc' : 'gpg'}`;
}

/**
 * Writes the repositories into the root. The host's apt runs outside of the root and so has to find
 * the keys there; once it is done, the paths become those of the image.
 */
export async function writeRepositories(
  when: 'for mmdebstrap' | 'for the build' | 'for the image',
  root: string,
  sandbox: Sandbox,
  {
    profile,
    log,
    epoch,
  }: Pick<BuildContext, 'log' | 'epoch'> & { profile: Pick<ResolvedProfile, 'settings'> },
): Promise<void> {
  const repositories = profile.settings.repositories.value;
  if (repositories.length === 0) return;
  const staged = await mkdtemp(path.join(sandbox.stage, 'repositories-'));
  for (const folder of ['etc/apt/sources.list.d', 'etc/apt/keyrings']) {
    await mkdir(path.join(staged, folder), { recursive: true });
  }
  for (const repository of repositories) {
    const armored = (await readFile(repository.key))
      .subarray(0, 64)
      .toString('latin1')
      .includes('-----BEGIN PGP');
    const key = keyInImage(repository, armored);
    await copyFile(repository.key, path.join(staged, key));
    // Not the staged file: apt checks signatures as a user of its own, who can not read that.
    const keyPath = when === 'for the image' ? key : path.join(root, key);
    await writeFile(
      path.join(staged, 'etc/apt/sources.list.d', `${repository.name}.sources`),
      sourcesFile(repository, keyPath),
    );
  }
  // The image's permissions must not depend on the caller's umask.
  await sandbox.run(['chmod', '-R', 'u=rwX,go=rX', staged], { log });
  if (when === 'for mmdebstrap') {
    // mmdebstrap made these folders a moment ago, nothing of the image has run: plain cp is safe.
    await sandbox.run(['cp', '-rT', '--', staged, root], { log });
    return;
  }
  const packed = sandbox.pipe(
    ['tar', '-C', staged, '--owner=0', '--group=0', `--mtime=@${epoch}`, '-c', '.'],
    { log },
  );
  // What can not be unpacked can not be packed to the end either: the cause comes first.
  await runAll<unknown>([
    sandbox.runInRoot(root, ['tar', '-x', '--keep-directory-symlink', '--no-overwrite-dir'], {
      log,
      input: packed.stdout,
    }),
    packed.done,
  ]);
}
