import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ImageManifest } from '../../build-scripts/boot/image.ts';
import { attempt, expectSuccess, type CommandOptions, type Outcome } from './command.ts';
import { project } from './needs.ts';

/** `./mkimage ARGS`, as a person calls it. */
export function mkimage(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  return attempt([path.join(project, 'mkimage'), ...args], options);
}

/** What mkimage wrote into the folder of a profile. */
export interface Image {
  /** `obj/<profile>` */
  readonly directory: string;
  readonly rootfs: string;
  readonly metadata: string;
  readonly manifest: string;
  readonly log: string;
  /** What mkimage printed. */
  readonly stdout: string;
  readonly stderr: string;
}

export function imageOf(directory: string, outcome: Outcome): Image {
  const name = path.basename(directory);
  const file = (ending: string): string => path.join(directory, `${name}_${ending}`);
  return {
    directory,
    rootfs: file('rootfs.tar.zst'),
    metadata: file('metadata.tar.xz'),
    manifest: file('manifest.json'),
    log: path.join(directory, 'build.log'),
    stdout: outcome.stdout,
    stderr: outcome.stderr,
  };
}

/** Builds a profile that has to build. */
export async function buildImage(
  profile: string,
  outputDir: string,
  { args = [], ...options }: CommandOptions & { readonly args?: readonly string[] } = {},
): Promise<Image> {
  const outcome = await mkimage(['--plain', '-O', outputDir, ...args, profile], options);
  expectSuccess(outcome, `mkimage ${profile}`);
  return imageOf(path.join(outputDir, path.basename(profile, '.yml')), outcome);
}

/** The parts of a manifest the tests look at. */
export interface Manifest extends ImageManifest {
  readonly warnings: readonly string[];
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
}

export function readManifest(image: Image): Manifest {
  return JSON.parse(readFileSync(image.manifest, 'utf8')) as Manifest;
}
