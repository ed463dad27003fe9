import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { compareImages, type ImageComparison, type ImageSide } from '../compare/compare-images.ts';
import { readTarball } from '../compare/read-tarball.ts';
import { exitCodeOf, formatError, UserError } from '../host/errors.ts';
import { hashFile } from '../host/hash-file.ts';
import { comparisonData } from './diff-data.ts';
import { comparisonText } from './diff-text.ts';
import { findCompared, type Compared, type FindArguments } from './find-compared.ts';

export type DiffArguments = FindArguments & {
  readonly a: string;
  readonly b?: string | undefined;
  readonly json: boolean;
  readonly all: boolean;
};

/** Two images, and what is different about them. */
export interface Diff {
  readonly a: Compared;
  readonly b: Compared;
  readonly comparison: ImageComparison;
  /** Why files were not compared; empty when they were. */
  readonly notCompared: readonly string[];
}

/** Nothing could be compared. As for diff(1) that is 2: 1 says that there is a difference. */
class DiffTrouble extends Error {
  readonly exitCode = 2;
}

/**
 * `mkimage diff`: what is different between two images.
 * @returns as diff(1): 0 when there is no difference, 1 when there is
 * @throws DiffTrouble, ConfigError with the exit code 2
 */
export async function diff(args: DiffArguments): Promise<number> {
  try {
    const result = await compare(args);
    process.stdout.write(
      args.json
        ? `${JSON.stringify(comparisonData(result), null, 2)}\n`
        : `${comparisonText(result, args.all).join('\n')}\n`,
    );
    return result.comparison.equal ? 0 : 1;
  } catch (error) {
    if (exitCodeOf(error) !== 1) throw error;
    throw new DiffTrouble(formatError(error), { cause: error });
  }
}

async function compare(args: DiffArguments): Promise<Diff> {
  if (
    args.b === undefined &&
    statSync(args.a, { throwIfNoEntry: false })?.isFile() === true &&
    !/\.ya?ml$/.test(args.a)
  )
    throw new UserError(
      'diff takes two images; one is enough if it is a profile, of which the last two builds are compared',
    );
  // Of one profile, its newest build and the one before.
  const a = findCompared(args.b === undefined ? `${args.a}@1` : args.a, args);
  const b = findCompared(args.b ?? args.a, args);
  const [hashA, hashB] = [await hashOf(a), await hashOf(b)];
  const isSame = hashA !== undefined && hashA === hashB;
  const areThere = isThere(a) && isThere(b);
  const sideOf = async (one: Compared, rootSha256: string | undefined): Promise<ImageSide> => {
    // Alone it tells at least which packages there are.
    const isNeeded = areThere || (isThere(one) && one.manifest === undefined);
    const root = isNeeded && !isSame ? await readTarball(one.tarball ?? '') : undefined;
    return { manifest: one.manifest, root, rootSha256 };
  };
  const [left, right] = await Promise.all([sideOf(a, hashA), sideOf(b, hashB)]);
  const missing = isSame ? [] : [a, b].filter((one) => !isThere(one));
  return { a, b, comparison: compareImages(left, right), notCompared: missing.map(whyNot) };
}

const isThere = ({ tarball }: Compared): boolean => tarball !== undefined && existsSync(tarball);

function whyNot({ name, tarball }: Compared): string {
  return tarball === undefined
    ? `${name} was published without its root file system`
    : `${tarball} is no longer there`;
}

/**
 * SHA-256 of the tarball, or what the manifest says of one that is gone.
 * @throws UserError when both are there and do not agree
 */
async function hashOf(image: Compared): Promise<string | undefined> {
  const { tarball, tarballSha256: wanted, file } = image;
  if (tarball === undefined || !isThere(image)) return wanted;
  const { sha256 } = await hashFile(tarball);
  if (wanted === undefined || wanted === sha256) return sha256;
  throw new UserError(
    `${tarball} is damaged or was replaced: it has another SHA-256 than its manifest says`,
    {
      hint: `copy or build it again; to compare it as it is, copy it away from ${path.dirname(file)}`,
    },
  );
}
