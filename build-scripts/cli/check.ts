import path from 'node:path';
import { ConfigError } from '../config/diagnostics.ts';
import { listProfileNames } from '../config/list-profiles.ts';
import { pathsOf, resolve, type CommonArguments } from './common.ts';
import { findMistakes } from './find-mistakes.ts';

/**
 * `mkimage check`: everything that can be found wrong without building. Without arguments all
 * profiles and all collections, used or not.
 */
export async function check(args: CheckArguments): Promise<number> {
  process.stdout.write(`${await checkedText(args)}\n`);
  return 0;
}

type CheckArguments = CommonArguments & { readonly profile?: readonly string[] | undefined };

/** @throws ConfigError with all mistakes */
export async function checkedText(args: CheckArguments): Promise<string> {
  const given = args.profile ?? [];
  const everything = given.length === 0;
  const paths = pathsOf(args);
  // Absolute, so that nothing in the working directory is taken for one of them.
  const names = everything
    ? listProfileNames(paths).map((name) => path.join(paths.projectDir, 'profiles', name))
    : given;
  const { mistakes, collections } = await findMistakes(
    names,
    (name) => resolve(name, args, paths),
    paths,
    everything,
  );
  if (mistakes.length > 0) throw ConfigError.of(mistakes);
  return `no mistakes found in ${count(names.length, 'profile')} and ${count(collections, 'collection')}`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
