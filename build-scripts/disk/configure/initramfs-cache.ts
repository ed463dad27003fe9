import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Sandbox } from '../../host/sandbox.ts';
import type { ImageRoot } from '../image-root.ts';

/** Where initramfs images of earlier builds are. */
export interface InitramfsStore {
  /**
   * @param key of what is known before; the store adds what is the same for the whole build
   * @returns the image as a stream, and what was said about it
   */
  find(key: string): Promise<{ data: Readable; about: InitramfsRecord } | undefined>;
  add(key: string, about: InitramfsRecord, data: Readable): Promise<void>;
}

export interface InitramfsRecord {
  /** Lines of sha256sum(1): the files that were read when it was made, relative to the root. */
  readonly sums: string;
  /** What update-initramfs keeps to see whether somebody has changed the image. */
  readonly state: string | undefined;
}

/**
 * Names in the root that say nothing about an initramfs: nobody looks for anything there. What is read
 * there nevertheless counts by its content.
 */
const NOT_LOOKED_AT = [
  './usr/share/doc',
  './usr/share/man',
  './usr/share/info',
  './usr/share/locale',
  './usr/lib/python3',
  './usr/share/zoneinfo',
  './var',
  './home',
  './root',
  './srv',
  './opt',
  './tmp',
  './run',
  './proc',
  './sys',
  './dev',
  './etc/ssh',
  './etc/systemd/system',
  './etc/apt',
  './etc/alternatives',
];

const PRUNE = NOT_LOOKED_AT.flatMap((name) => ['-path', name, '-o']).slice(0, -1);

/** Every name with its kind, permissions and symlink target: hooks look for files that are not there, too. */
const LIST_NAMES = 'cd "$1"; shift; find . -xdev "$@" | LC_ALL=C sort -z | sha256sum';

/** Reading sets times of access, on any file system that is not mounted with noatime, if they are old. */
const FORGET_READING = 'cd "$1"; find . -xdev -type f -exec touch -a -c -d @0 -- {} +';
const FILES_READ = 'cd "$1"; find . -xdev -type f -newerat @1 -print0';
/** A file system has them, too: as if all was unpacked right now. */
const SET_TIMES = 'cd "$1"; find . -xdev -type f -exec touch -a -c -- {} +';

/**
 * An initramfs depends on what was read when it was made, and on which names there are. Both are
 * known: so an earlier one is taken when nothing of that has changed, as ccache does with compilers.
 */
export class InitramfsCache {
  private readonly store: InitramfsStore;
  private readonly sandbox: Sandbox;
  private readonly root: ImageRoot;

  constructor(store: InitramfsStore, sandbox: Sandbox, root: ImageRoot) {
    this.store = store;
    this.sandbox = sandbox;
    this.root = root;
  }

  /** @returns what {@link take} and {@link make} go by */
  async key(kernel: string): Promise<string> {
    const image = `./boot/initrd.img-${kernel}`;
    const found = [
      ...['(', ...PRUNE, '-o', '-path', image, ')', '-prune', '-o'],
      ...['-printf', '%y %m %l %p\\0'],
    ];
    const { stdout } = await this.sandbox.run(
      ['/bin/sh', '-euc', LIST_NAMES, 'sh', this.root.path, ...found],
      { logCommand: ['find', this.root.path], log: undefined },
    );
    const names = stdout.slice(0, 64);
    const parts = [kernel, names];
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  }

  /** Puts the image of an earlier build in place. @returns whether there was one */
  async take(key: string, kernel: string): Promise<boolean> {
    const found = await this.store.find(key);
    if (found === undefined) return false;
    const { data, about } = found;
    // In the image: symlinks lead where they lead there.
    const check = 'cd /; exec sha256sum --check --status --strict -- -';
    const { exitCode } = await this.root.script(check, [], {
      input: about.sums,
      allowExitCodes: [0, 1],
    });
    if (exitCode !== 0) {
      data.destroy();
      return false;
    }
    await this.root.script(
      'cat >"/boot/initrd.img-$1"; chmod 644 "/boot/initrd.img-$1"',
      [kernel],
      {
        input: data as never,
      },
    );
    if (about.state !== undefined) {
      await this.root.write(`/var/lib/initramfs-tools/${kernel}`, about.state);
    }
    return true;
  }

  /** Makes an image with `make`, and keeps it. */
  async make(key: string, kernel: string, make: () => Promise<void>): Promise<void> {
    const { path } = this.root;
    const quiet = { logCommand: ['find', path], log: undefined };
    await this.sandbox.run(['/bin/sh', '-euc', FORGET_READING, 'sh', path], quiet);
    await make();
    const { stdout } = await this.sandbox.run(['/bin/sh', '-euc', FILES_READ, 'sh', path], quiet);
    await this.sandbox.run(['/bin/sh', '-euc', SET_TIMES, 'sh', path], quiet);
    const files = stdout
      .split('\0')
      .filter((name) => name !== '' && !name.startsWith('./boot/initrd.img-'))
      .filter((name) => !/^\.\/var\/(lib\/initramfs-tools|tmp)\//.test(name));
    // Without times of access nothing is known.
    if (!files.some((name) => name.endsWith('/mkinitramfs'))) return;
    await this.root.script('cd /; xargs -0 sha256sum -- >/run/initramfs-sums', [], {
      input: files.join('\0'),
    });
    const sums = await this.root.read('/run/initramfs-sums');
    await this.root.run(['rm', '/run/initramfs-sums']);
    const state = await this.root.script(
      'f=/var/lib/initramfs-tools/$1; if [ -e "$f" ]; then cat "$f"; fi',
      [kernel],
    );
    const about = {
      sums: sums.toString('utf8'),
      state: state.stdout === '' ? undefined : state.stdout,
    };
    const image = this.sandbox.pipe(['cat', `${path}/boot/initrd.img-${kernel}`]);
    await this.store.add(key, about, image.stdout);
    await image.done;
  }
}
