import { access, chmod, constants, mkdir, mkdtemp, readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UserError } from './errors.ts';

export interface Workspace {
  /** `<base>/mkimage-XXXXXX`; others may pass through, not look in. */
  readonly directory: string;
  /** Files this process hands to the sandbox; private. */
  readonly stage: string;
  /** The root trees; a tmpfs inside the sandbox when there is memory for it. */
  readonly tree: string;
  /** For FifoPool; private. */
  readonly pipes: string;
  /** TMPDIR inside the sandbox. */
  readonly tmp: string;
}

const HINT = 'choose another directory with --workdir, MKIMAGE_WORKDIR or TMPDIR';

/**
 * Makes an empty workspace below `base`, `$MKIMAGE_WORKDIR`, `$TMPDIR` or /tmp.
 * @throws UserError when that is no place to work in
 */
export async function makeWorkspace(base?: string): Promise<Workspace> {
  const place = await workBase(base);
  await requireExec(place);
  const directory = await mkdtemp(path.join(place, 'mkimage-')).catch((error: unknown) => {
    // A full disk, a read-only one, /sys …
    throw new UserError(`cannot work in ${place}: ${(error as Error).message}`, { hint: HINT });
  });
  const workspace = {
    directory,
    stage: path.join(directory, 'stage'),
    tree: path.join(directory, 'tree'),
    pipes: path.join(directory, 'pipes'),
    tmp: path.join(directory, 'tmp'),
  };
  // chmod, because the umask takes bits away from what mkdir is told.
  await mkdir(workspace.stage, { mode: 0o700 });
  await mkdir(workspace.pipes, { mode: 0o700 });
  await mkdir(workspace.tree);
  await chmod(workspace.tree, 0o755);
  await mkdir(workspace.tmp);
  await chmod(workspace.tmp, 0o1777);
  await chmod(directory, 0o711);
  return workspace;
}

/**
 * Where to work: what was given, else `MKIMAGE_WORKDIR`, else `$TMPDIR` or /tmp.
 * @returns an absolute path
 * @throws UserError when nothing can be written there
 */
export async function workBase(given: string | undefined): Promise<string> {
  const base = path.resolve(given ?? process.env.MKIMAGE_WORKDIR ?? os.tmpdir());
  const stats = await stat(base).catch(() => undefined);
  if (stats === undefined)
    throw new UserError(`the work directory ${base} does not exist`, { hint: HINT });
  if (!stats.isDirectory()) throw new UserError(`${base} is not a directory`, { hint: HINT });
  await access(base, constants.W_OK | constants.X_OK).catch(() => {
    throw new UserError(`the work directory ${base} is not writable`, { hint: HINT });
  });
  return base;
}

async function requireExec(base: string): Promise<void> {
  const mount = mountOf(base, await readFile('/proc/self/mountinfo', 'utf8'));
  if (mount?.options.includes('noexec') === true) {
    throw new UserError(`the work directory ${base} is mounted noexec (${mount.mountPoint})`, {
      hint: `programs have to run in it; ${HINT}`,
    });
  }
}

/**
 * The mount a path lies on, from the text of /proc/self/mountinfo (format: proc_pid_mountinfo(5)).
 * @param file absolute and without symlinks
 */
export function mountOf(
  file: string,
  mountinfo: string,
): { mountPoint: string; options: readonly string[] } | undefined {
  let best: { mountPoint: string; options: readonly string[] } | undefined;
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ');
    const [, , , , escaped, options] = fields;
    if (escaped === undefined || options === undefined) continue;
    const mountPoint = escaped.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const inside = mountPoint === '/' || `${file}/`.startsWith(`${mountPoint}/`);
    // Of several mounts on one point the last one is on top.
    if (inside && mountPoint.length >= (best?.mountPoint.length ?? 0)) {
      best = { mountPoint, options: options.split(',') };
    }
  }
  return best;
}
