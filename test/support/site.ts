import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { buildImage, readManifest, type Image } from './mkimage.ts';

export const HOOK = '#!/bin/sh\nset -eu\necho "$OPT_SITE_WORD" >/etc/site-word\n';
export const COLLECTION = (option: string): string =>
  `summary: Site\nrequires: [base]\noptions:\n  ${option}: {type: string, default: hello, description: A word}\n`;

/**
 * A profile with a collection of its own and a cache of its own, to be changed and built again. The
 * time is pinned: the same inputs give the same bits, however they came.
 */
export class Site {
  readonly scratch: string;
  readonly env = { SOURCE_DATE_EPOCH: '1793000000' };

  /** @param scratch a folder of its own */
  constructor(scratch: string) {
    this.scratch = scratch;
  }

  /** A file of the collection. */
  file(name: string): string {
    return path.join(this.scratch, 'collections/site', name);
  }

  get cache(): string {
    return path.join(this.scratch, 'cache');
  }

  /** Of every command. */
  get args(): string[] {
    return ['--cache-dir', this.cache, '--collections', path.join(this.scratch, 'collections')];
  }

  /** As it is at first. @param more lines of the profile */
  write(base: string, more = ''): void {
    rmSync(path.join(this.scratch, 'collections'), { recursive: true, force: true });
    mkdirSync(this.file('files/etc'), { recursive: true });
    mkdirSync(this.file('hooks/customize'), { recursive: true });
    writeFileSync(this.file('collection.yml'), COLLECTION('site.word'));
    writeFileSync(this.file('files/etc/site.conf'), 'one\n');
    symlinkSync('site.conf', this.file('files/etc/site-link'));
    writeFileSync(this.file('hooks/customize/50-word.chroot'), HOOK, { mode: 0o755 });
    writeFileSync(
      path.join(this.scratch, 'site.yml'),
      `extends: ${base}\ncollections: [site]\n${more}`,
    );
  }

  build(...args: string[]): Promise<Image> {
    return buildImage(path.join(this.scratch, 'site.yml'), path.join(this.scratch, 'obj'), {
      args: [...this.args, ...args],
      env: this.env,
    });
  }

  /** Data files of a kind of layer. */
  dataOf(kind: string): string[] {
    const folder = path.join(this.cache, kind);
    return readdirSync(folder).map((key) => path.join(folder, key, 'data'));
  }
}

/** The layers that a build has made, by the commands that it ran. */
export function layersMade({ log, stderr }: Image): string[] {
  const ran = readFileSync(log, 'utf8');
  return [
    ...(ran.includes('+ mmdebstrap ') ? ['packages'] : []),
    ...(/\+ chroot \S+ apt-get .*--no-download/.test(ran) ? ['packages on top'] : []),
    ...(/: apply \d+ collections: done/.test(stderr) ? ['root'] : []),
    ...(/\+ chroot \S+ update-initramfs /.test(ran) ? ['initramfs'] : []),
    ...(stderr.includes(': write the disk: done') ? ['disk'] : []),
    ...[...ran.matchAll(/\+ qemu-img convert .*-O (\w+)/g)].map(([, format = '']) => format),
  ];
}

export const rootSum = (image: Image): string =>
  readManifest(image).files.find(({ name }) => name.includes('_rootfs_'))?.sha256 ?? '';

/** Its size and time stay as they were. */
export function flipByte(file: string): void {
  const data = readFileSync(file);
  const at = data.length >> 1;
  data[at] = (data[at] ?? 0) ^ 1;
  const { atime, mtime } = statSync(file);
  writeFileSync(file, data);
  utimesSync(file, atime, mtime);
}
