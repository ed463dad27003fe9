import { readFile } from 'node:fs/promises';
import { CommandError, UserError } from '../../host/errors.ts';
import type { Sandbox } from '../../host/sandbox.ts';
import { scriptPath } from '../../host/script-path.ts';
import { compareVersions } from '../compare-versions.ts';
import type { ImageRoot } from '../image-root.ts';

/** What the root file system of an image has. */
export interface RootFacts {
  /** Debian release: `12`; undefined for testing, which has no number. */
  readonly version?: string | undefined;
  /** As dpkg names it; undefined without dpkg. */
  readonly architecture?: string | undefined;
  readonly packages: ReadonlySet<string>;
  /** Releases with a vmlinuz in /boot, the newest first. */
  readonly kernels: readonly string[];
  /** Those of the files asked for that are there. */
  readonly files: ReadonlySet<string>;
}

/** Has to be a directory, and not a symlink to one: else the files of the image go elsewhere. */
const DIRECTORIES = ['etc', 'boot', 'usr', 'var'];
const CHECK_DIRECTORIES = `cd -- "$1" || exit
shift
for name; do
  if [ -L "$name" ]; then echo "/$name is a symlink"
  elif [ ! -e "$name" ]; then echo "there is no /$name"
  elif [ ! -d "$name" ]; then echo "/$name is not a directory"
  fi
done`;

const NOT_A_ROOT = 'this is not the root file system of a Debian system';

/**
 * Looks into the root of the image.
 * @param files to look for, absolute paths
 * @throws UserError when it is no Debian root, or one for another kind of processor
 */
export async function inspectRoot(
  root: ImageRoot,
  sandbox: Sandbox,
  files: readonly string[],
): Promise<RootFacts> {
  const checked = await sandbox.run([
    ...['/bin/sh', '-c', CHECK_DIRECTORIES, 'sh', root.path],
    ...DIRECTORIES,
  ]);
  const complaints = checked.stdout.trimEnd();
  if (complaints !== '') {
    throw new UserError(`${NOT_A_ROOT}: ${complaints.replaceAll('\n', ', ')}`, {
      hint: 'give a tarball of a whole system, as mkimage or mmdebstrap makes it',
    });
  }
  const script = await readFile(scriptPath('../disk/configure/inspect-root.sh'), 'utf8');
  const { stdout } = await root
    .run(['/bin/sh', '-s', '--', ...files], {
      input: script,
      logCommand: ['chroot', root.path, 'inspect-root.sh'],
    })
    .catch((error: unknown) => {
      throw cannotRun(error);
    });
  return parseFacts(stdout);
}

/** chroot(1) exits with 126 or 127 when the shell cannot be run, run-in-root.sh with 65. */
function cannotRun(error: unknown): unknown {
  if (!(error instanceof CommandError) || ![65, 126, 127].includes(error.commandExitCode ?? 0)) {
    return error;
  }
  const said = error.lastLines.at(-1) ?? '';
  if (/exec format error/i.test(said)) {
    return new UserError('the programs of the image are for another kind of processor', {
      hint: 'install qemu-user-static and binfmt-support on this machine',
      cause: error,
    });
  }
  return new UserError(`${NOT_A_ROOT}: ${said}`, { cause: error });
}

/** Reads what inspect-root.sh prints. */
export function parseFacts(text: string): RootFacts {
  const lines = text.split('\n').map((line) => {
    const space = line.indexOf(' ');
    return { key: line.slice(0, space), value: line.slice(space + 1) };
  });
  const all = (wanted: string): string[] =>
    lines.filter(({ key, value }) => key === wanted && value !== '').map(({ value }) => value);
  return {
    version: all('version')[0],
    architecture: all('architecture')[0],
    packages: new Set(all('package')),
    kernels: all('kernel').sort((a, b) => compareVersions(b, a)),
    files: new Set(all('file')),
  };
}
