import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { Outcome } from './command.ts';
import { project } from './needs.ts';

/** A profile that builds in a few seconds: essential packages, no collection. */
export async function writeSmallProfile(
  folder: string,
  name: string,
  more: readonly string[] = [],
): Promise<string> {
  const file = path.join(folder, `${name}.yml`);
  const variant = more.some((line) => line.startsWith('variant:')) ? [] : ['variant: essential'];
  const lines = ['suite: bookworm', ...variant, 'outputs: [lxc]', ...more, ''];
  await writeFile(file, lines.join('\n'));
  return file;
}

/** A collection with one hook, and nothing else. @param hook `setup/10-name` */
export async function writeCollection(
  collections: string,
  name: string,
  hook: string,
  script: string,
): Promise<void> {
  const file = path.join(collections, name, 'hooks', hook);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(path.join(collections, name, 'collection.yml'), `summary: Test of ${hook}\n`);
  await writeFile(file, script);
  await chmod(file, 0o755);
}

/** What a person finds in a folder of images: names, targets of links, sizes and times of files. */
export function published(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => !name.startsWith('.') && !name.endsWith('.log'))
    .map((name) => {
      const file = path.join(directory, name);
      const stats = lstatSync(file);
      return stats.isSymbolicLink()
        ? `${name} -> ${readlinkSync(file)}`
        : `${name} ${stats.size} ${stats.mtimeMs}`;
    })
    .sort();
}

/** Mounts of this machine and processes on it that have to do with a folder. */
export function remainsOf(folder: string): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder));
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((pid) => {
      try {
        return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`;
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(folder));
  return [...mounts, ...processes];
}

export interface RunningBuild {
  readonly pid: number;
  /** Whether the log, or what was printed, has this text yet. */
  readonly says: (text: string) => boolean;
  readonly ended: Promise<Outcome>;
}

/** Starts ./mkimage in a process group of its own, as a shell does. `log` is its build.log. */
export function startBuild(
  argv: readonly string[],
  log: string,
  env: Readonly<Record<string, string>> = {},
): RunningBuild {
  const old = existsSync(log) ? readFileSync(log, 'utf8') : '';
  const logged = (): string => {
    const all = existsSync(log) ? readFileSync(log, 'utf8') : '';
    return all.startsWith(old) ? all.slice(old.length) : all;
  };
  const [file = '', ...args] = argv;
  const child = execa(file, args, { env, stdin: 'ignore', reject: false, detached: true });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    pid: child.pid ?? 0,
    says: (wanted) => text.includes(wanted) || logged().includes(wanted),
    ended: (async () => {
      const { exitCode, signal, stdout, stderr } = await child;
      return { exitCode, signal, stdout, stderr };
    })(),
  };
}

export const launcher = path.join(project, 'mkimage');
