import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { attempt, run, type CommandOptions, type Outcome } from './command.ts';
import { buildImage } from './mkimage.ts';
import { isRoot, project } from './needs.ts';
import { once } from './once.ts';
import { as, ordinaryUser } from './ordinary-user.ts';
import { epoch, type Builder } from './web-image.ts';

/**
 * Disks of the tests: composed by tar-to-disk from root file systems that mkimage built. Each is
 * made once for all test files.
 */

export type Suite = 'bookworm' | 'bullseye' | 'trixie';

/** @returns the tarball of a root that boots from any layout */
export async function rootTarball(suite: Suite = 'bookworm'): Promise<string> {
  const image = await once(`disk-root-${suite}`, async (folder) => {
    const profile = path.join(folder, `${suite}.yml`);
    await writeFile(
      profile,
      [
        `suite: ${suite}`,
        'outputs: [lxc]',
        'collections: [test-machine]',
        'seed: integration test',
        // The archive of bullseye's security updates still lists the other kernel and has it no more.
        // Its snapper fails at boot when nothing is configured.
        ...(suite === 'bullseye'
          ? ['packages: [linux-image-amd64, -linux-image-cloud-amd64, -snapper]']
          : []),
        '',
      ].join('\n'),
    );
    return buildImage(profile, folder, {
      args: ['--collections', path.join(project, 'test/fixtures/disk-root/collections')],
      env: { SOURCE_DATE_EPOCH: await epoch() },
    });
  });
  return image.rootfs;
}

/** Files beside the layout; a passphrase is one line, a volume key 64 bytes. */
export const PASSPHRASE = 'Fünf Igel im Schnee 23';

export interface TestDisk {
  readonly name: string;
  /** What was published, or not. */
  readonly directory: string;
  readonly image: string;
  readonly log: string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DiskRequest {
  readonly name: string;
  readonly layout: string;
  readonly builder?: Builder;
  readonly suite?: Suite;
  /** Beside the layout: name → content. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** `./tar-to-disk ARGS`, as a person calls it. */
export function tarToDisk(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  return attempt([path.join(project, 'tar-to-disk'), ...args], options);
}

/** Composes a disk that has to come out well. */
export async function makeDisk(request: DiskRequest): Promise<TestDisk> {
  const { name, builder = 'root', suite } = request;
  const tarball = await rootTarball(suite);
  await diskTools(builder);
  return once(`disk-${name}-${builder.replace(' ', '-')}`, async (folder) => {
    const user = builder === 'root' || !isRoot ? undefined : await ordinaryUser();
    const directory = user === undefined ? folder : path.join(user.home, path.basename(folder));
    await mkdir(directory, { recursive: true });
    const work = path.join(directory, 'work');
    await mkdir(work, { recursive: true });
    await writeFile(path.join(directory, 'disk.yml'), request.layout);
    for (const [file, content] of Object.entries(request.files ?? {}))
      await writeFile(path.join(directory, file), content, { mode: 0o600 });
    if (user !== undefined) await run(['chown', '--recursive', `${user.name}:`, directory]);
    const argv = [
      path.join(user?.checkout ?? project, 'tar-to-disk'),
      ...['--plain', '--serial', '--seed', 'integration test', '--name', name, '--workdir', work],
      ...['-O', directory, '-C', path.join(directory, 'disk.yml'), tarball],
    ];
    const began = Date.now();
    const outcome = await attempt(user === undefined ? argv : as(user, argv), {
      cwd: directory,
      env: { SOURCE_DATE_EPOCH: await epoch() },
    });
    const seconds = ((Date.now() - began) / 1000).toFixed(0);
    process.stderr.write(`${name}, composed by ${builder}: ${seconds} s\n`);
    if (outcome.exitCode !== 0) {
      throw new Error(
        `${name}, ${builder}: exit code ${String(outcome.exitCode)}\n${outcome.stderr}`,
      );
    }
    return testDisk(directory, name, outcome);
  });
}

export function testDisk(directory: string, name: string, outcome: Outcome): TestDisk {
  return {
    name,
    directory,
    image: path.join(directory, `${name}_disk.raw`),
    log: path.join(directory, `${name}_disk.log`),
    stdout: outcome.stdout,
    stderr: outcome.stderr,
  };
}

/** Has the tree of disk tools made once, by root where root builds too: it takes a minute. */
export async function diskTools(builder: Builder): Promise<void> {
  const cache = path.join(project, 'obj', 'tools');
  if (builder === 'root' || !isRoot) {
    await once('disk-tools', async (folder) => {
      // Any disk will do; this one lacks everything, which comes to light after the tools.
      await run(['sh', '-c', 'mkdir etc && tar -c etc | zstd -q >empty.tar.zst'], { cwd: folder });
      await tarToDisk(['--plain', '-O', folder, '--uefi', 'empty.tar.zst'], { cwd: folder });
      const made = (await readdir(cache)).filter((file) => file.endsWith('.tar.zst'));
      if (made.length === 0) throw new Error('the tree of disk tools was not made');
      return made;
    });
    return;
  }
  await diskTools('root');
  const user = await ordinaryUser();
  await once('disk-tools-of-user', async () => {
    const copy = path.join(user.checkout, 'obj', 'tools');
    await rm(copy, { recursive: true, force: true });
    await cp(cache, copy, { recursive: true });
    await run(['chown', '--recursive', `${user.name}:`, path.join(user.checkout, 'obj')]);
    return copy;
  });
}
