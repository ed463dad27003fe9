import path from 'node:path';
import { UserError } from '../host/errors.ts';
import { runAll } from '../host/run-all.ts';
import type { Sandbox } from '../host/sandbox.ts';
import type { BuildContext } from './build-context.ts';
import { templateVariables } from '../config/render-template.ts';
import { finalEntries, stageFiles } from './stage-files.ts';
import { visibleValues } from './visible-values.ts';

/**
 * Copies the files of all collections into the root. They are unpacked by tar inside the chroot:
 * whatever symlink stands in the way is followed within the image, never on the host.
 */
export async function applyFiles(
  root: string,
  sandbox: Sandbox,
  context: BuildContext,
): Promise<void> {
  const { files } = context.profile;
  if (files.length === 0) return;
  const staged = path.join(sandbox.stage, 'files');
  await stageFiles(files, staged, (collection) =>
    templateVariables(context.profile, visibleValues(context.profile, context.values, collection)),
  );
  const packed = sandbox.pipe(
    [
      'tar',
      '--create',
      '--sort=name',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      `--mtime=@${context.epoch}`,
      '-C',
      staged,
      '--no-recursion',
      '--null',
      '--files-from=-',
    ],
    { log: context.log, input: finalNames(context) },
  );
  // What can not be unpacked can not be packed to the end either: the cause comes first.
  await runAll<unknown>([
    sandbox.runInRoot(
      root,
      [
        'tar',
        '--extract',
        '--preserve-permissions',
        '--keep-directory-symlink',
        '--no-overwrite-dir',
      ],
      {
        log: context.log,
        input: packed.stdout,
      },
    ),
    packed.done,
  ]);
  const directories = finalEntries(files).filter(
    (file) => file.kind === 'directory' && file.mode !== undefined,
  );
  for (const { target, mode } of directories) {
    await sandbox.runInRoot(root, ['chmod', (mode ?? 0o755).toString(8), '--', target], {
      log: context.log,
    });
  }
}

/** Every entry with its parents, NUL-separated and relative: what tar packs, and nothing else. */
function finalNames({ profile }: BuildContext): string {
  const names = new Set<string>();
  for (const { target } of finalEntries(profile.files)) {
    const parts = target.split('/').filter((part) => part !== '');
    parts.forEach((_, index) => names.add(`./${parts.slice(0, index + 1).join('/')}`));
  }
  return [...names].sort().join('\0');
}

/**
 * Gives files to the users and groups that files.yml names. Runs after the hooks, which create them.
 * @throws UserError naming the file and collection when there is no such user or group
 */
export async function applyOwners(
  root: string,
  sandbox: Sandbox,
  context: BuildContext,
): Promise<void> {
  for (const { target, owner, group, mode, collection, kind } of finalEntries(
    context.profile.files,
  )) {
    if (owner === undefined && group === undefined) continue;
    const names = `${owner ?? 'root'}:${group ?? 'root'}`;
    await sandbox
      .runInRoot(root, ['chown', '--no-dereference', names, '--', target], { log: context.log })
      .catch((error: unknown) => {
        throw new UserError(
          `files.yml of collection "${collection}" gives ${target} to ${names}, which does not exist in the image`,
          {
            hint: 'create the user or group in a hook, or install the package that does',
            cause: error,
          },
        );
      });
    // chown drops setuid and setgid.
    if (kind !== 'symlink' && mode !== undefined && mode > 0o777) {
      await sandbox.runInRoot(root, ['chmod', mode.toString(8), '--', target], {
        log: context.log,
      });
    }
  }
}
