import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compress } from 'zstd-napi';
import { readFileSync } from 'node:fs';
import type { RootContents, RootEntry } from '../../build-scripts/compare/root-contents.ts';
import { rootTarCommand } from '../../build-scripts/rootfs/pack-root.ts';
import { temporaryFolder } from '../support/project.ts';

/** Path → text of a file, or a link as `-> TARGET`; a path that ends in `/` is a folder. */
export type Tree = Readonly<Record<string, string>>;

/** A folder with these files, all 0644 and 0755. */
export function makeTree(tree: Tree): string {
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(tree)) {
    const file = path.join(root, name);
    mkdirSync(name.endsWith('/') ? file : path.dirname(file), { recursive: true, mode: 0o755 });
    if (name.endsWith('/')) continue;
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), file);
    else {
      writeFileSync(file, text);
      chmodSync(file, 0o644);
    }
  }
  return root;
}

/** Packs a folder as a build does, but as root's files. @returns the tarball */
export function pack(root: string, options: readonly string[] = []): string {
  const tarball = path.join(temporaryFolder(), 'root.tar');
  const [tar = 'tar', ...args] = rootTarCommand(root, 1_000_000_000);
  const owner = ['--owner=0', '--group=0'];
  execFileSync(tar, [...owner, ...options, ...args, `--file=${tarball}`]);
  return tarball;
}

/** The same, compressed. */
export function packZstd(root: string, target = path.join(temporaryFolder(), 'r.tar.zst')): string {
  writeFileSync(target, compress(readFileSync(pack(root))));
  return target;
}

export function fileEntry(values: Partial<RootEntry> = {}): RootEntry {
  return {
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 1,
    sha256: 'a',
    links: 1,
    attributes: {},
    ...values,
  };
}

export function contents(
  entries: Readonly<Record<string, RootEntry>>,
  owners: Readonly<Record<string, string>> = {},
): RootContents {
  return {
    entries: new Map(Object.entries(entries)),
    packages: new Map(),
    ownerOf: (file) => owners[file],
  };
}
