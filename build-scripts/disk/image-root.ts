import type { BuildLog } from '../host/build-log.ts';
import type { RunOptions, RunResult } from '../host/process.ts';
import { runInRootScript, type Sandbox } from '../host/sandbox.ts';

/**
 * The unpacked root of the image. Everything here goes through programs that run in the root with
 * chroot: whatever symlink a path meets is followed in the image, never on the host.
 */
export interface ImageRoot {
  /** Absolute path in the sandbox. */
  readonly path: string;
  /** Runs a program of the image. @throws CommandError */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs a shell script of ours, given as text, in the image. @throws CommandError */
  script(text: string, args?: readonly string[], options?: RunOptions): Promise<RunResult>;
  /**
   * Puts a file in place of whatever has this name, a symlink too; makes the folders on the way.
   * @param mode octal
   */
  write(file: string, content: string | Uint8Array, mode?: string): Promise<void>;
  /** The content of a regular file. @throws CommandError when there is none */
  read(file: string): Promise<Buffer>;
}

/** A name nobody else uses, made anew: not through a symlink or into a FIFO that lies there. */
const WRITE = `set -eu
case $1 in */*) mkdir -p -- "\${1%/*}" ;; esac
new=$1.mkimage-new
rm -rf -- "$new"
set -C
umask 077
cat >"$new"
chmod "$2" -- "$new"
mv -fT -- "$new" "$1"`;
const READ = 'set -eu; [ -f "$1" ] || { echo "$1 is no file" >&2; exit 66; }; exec cat -- "$1"';

export interface ImageRootOptions {
  readonly sandbox: Sandbox;
  /** Absolute, in the sandbox. */
  readonly root: string;
  /** SOURCE_DATE_EPOCH of what runs in it. */
  readonly epoch: number;
  readonly log?: BuildLog | undefined;
}

export function imageRoot({ sandbox, root, epoch, log }: ImageRootOptions): ImageRoot {
  const common: RunOptions = {
    log,
    extendEnv: false,
    env: {
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      DEBIAN_FRONTEND: 'noninteractive',
      SOURCE_DATE_EPOCH: String(epoch),
      PATH: process.env.PATH,
    },
  };
  const run = (argv: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
    sandbox.runInRoot(root, argv, {
      ...common,
      ...options,
      env: { ...common.env, ...options.env },
    });
  return {
    path: root,
    run,
    script: (text, args = [], options = {}) =>
      run(['/bin/sh', '-c', text, 'sh', ...args], {
        logCommand: ['chroot', root, 'sh', '-c', '…', ...args],
        ...options,
      }),
    async write(file, content, mode = '644') {
      await run(['/bin/sh', '-c', WRITE, 'sh', file, mode], {
        input: content,
        logCommand: ['chroot', root, 'write', file],
      });
    },
    async read(file) {
      const reader = sandbox.pipe(
        ['/bin/sh', runInRootScript, root, '/bin/sh', '-c', READ, 'sh', file],
        { ...common, logCommand: ['chroot', root, 'cat', file] },
      );
      const chunks: Buffer[] = [];
      for await (const chunk of reader.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
      await reader.done;
      return Buffer.concat(chunks);
    },
  };
}
