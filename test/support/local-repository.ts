import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from './command.ts';

/** A package repository with one package, signed with a key of its own. */
export interface LocalRepository {
  /** To be served over HTTP. */
  readonly folder: string;
  /** The public key, armored. */
  readonly key: string;
}

/** @param name of the package; it holds /usr/share/NAME/hello */
export async function makeRepository(folder: string, name: string): Promise<LocalRepository> {
  const tree = path.join(folder, 'tree');
  const pool = path.join(folder, 'served', 'pool');
  const dist = path.join(folder, 'served', 'dists', 'stable');
  const binary = path.join(dist, 'main', 'binary-amd64');
  for (const made of [path.join(tree, 'DEBIAN'), path.join(tree, 'usr/share', name), pool, binary])
    await mkdir(made, { recursive: true });

  const control = [
    `Package: ${name}`,
    'Version: 1.0',
    'Architecture: all',
    'Maintainer: Tests <tests@example.org>',
    'Description: package of a repository of the tests',
    '',
  ].join('\n');
  await writeFile(path.join(tree, 'DEBIAN', 'control'), control);
  await writeFile(path.join(tree, 'usr/share', name, 'hello'), 'hello\n');
  const deb = path.join(pool, `${name}.deb`);
  await run(['dpkg-deb', '--root-owner-group', '--build', tree, deb]);

  const packages = [
    control.trimEnd(),
    `Filename: pool/${name}.deb`,
    `Size: ${(await stat(deb)).size}`,
    `SHA256: ${sha256(await readFile(deb))}`,
    '',
  ].join('\n');
  await writeFile(path.join(binary, 'Packages'), packages);
  const release = [
    'Suite: stable',
    'Codename: stable',
    'Components: main',
    'Architectures: amd64 all',
    `Date: ${new Date().toUTCString()}`,
    'SHA256:',
    ` ${sha256(packages)} ${Buffer.byteLength(packages)} main/binary-amd64/Packages`,
    '',
  ].join('\n');
  const key = await sign(path.join(folder, 'gnupg'), release, path.join(dist, 'InRelease'));
  return { folder: path.join(folder, 'served'), key };
}

/** Signs a text with a new key. @returns the file with the public key */
async function sign(home: string, text: string, target: string): Promise<string> {
  await mkdir(home, { mode: 0o700 });
  const gpg = (...args: readonly string[]): string[] => [
    ...['gpg', '--homedir', home, '--batch', '--quiet', '--yes', '--passphrase', ''],
    ...['--pinentry-mode', 'loopback', ...args],
  ];
  await run(gpg('--quick-generate-key', 'Tests <tests@example.org>', 'ed25519', 'sign', 'never'));
  await run(gpg('--clearsign', '--output', target), { input: text });
  const key = path.join(home, 'key.asc');
  await run(gpg('--armor', '--export', '--output', key));
  await run(['gpgconf', '--homedir', home, '--kill', 'all']);
  return key;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
