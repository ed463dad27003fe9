import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { UserError } from '../host/errors.ts';
import { convert, type ImportedProfile } from '../import-reference/convert.ts';
import { readValues, type Loaded } from '../import-reference/read-values.ts';
import { JOINED_OPTIONS } from '../import-reference/reference-options.ts';
import { notCarriedLine, writeProfile } from '../import-reference/write-profile.ts';
import type { CommonArguments } from './common.ts';
import { catalogOf } from './import-catalog.ts';

/** A file of assignments is never larger. */
const MAX_BYTES = 256 * 1024;

export interface ImportArguments extends CommonArguments {
  /** The file of the reference. */
  readonly file: string;
  /** The profile to write; without, it is printed. */
  readonly output?: string | undefined;
}

/** `mkimage import-reference PROFILE [-o FILE]`: a profile of the reference builder as one of ours. */
export function importReference(args: ImportArguments): Promise<number> {
  const { profile, text } = imported(args);
  if (args.output === undefined) {
    process.stdout.write(text);
  } else {
    const directory = path.dirname(args.output);
    const files = [args.output, ...profile.secrets.map(({ name }) => path.join(directory, name))];
    if (!/\.ya?ml$/.test(args.output))
      throw new UserError(`${args.output} has not the ending of a profile`, {
        hint: `-o ${args.output}.yml`,
      });
    const present = files.find((file) => existsSync(file));
    if (present !== undefined)
      throw new UserError(`${present} exists already`, { hint: 'nothing is written over' });
    makeFolder(directory);
    profile.secrets.forEach(({ name, text: secret }) => {
      write(path.join(directory, name), `${secret}\n`, 0o600);
    });
    write(args.output, text, 0o644);
  }
  process.stderr.write(report(profile, args));
  return Promise.resolve(0);
}

/** The profile, and its text. Nothing is written. */
export function imported(
  args: ImportArguments,
  catalog = catalogOf(args),
): { profile: ImportedProfile; text: string } {
  const { file, text } = readTop(args.file);
  const values = readValues({
    file: path.basename(args.file),
    text,
    include: includer(file, path.basename(args.file)),
    joined: JOINED_OPTIONS,
  });
  const stem = path.basename(args.output ?? args.file).replace(/\.ya?ml$/, '');
  const profile = convert(values, catalog, stem);
  return { profile, text: writeProfile(profile, path.basename(args.file)) };
}

function readTop(name: string): { file: string; text: string } {
  if (!existsSync(name)) throw new UserError(`there is no file ${name}`);
  const file = realpathSync(name);
  const loaded = readText(file, name);
  if ('problem' in loaded) throw new UserError(`${name} ${loaded.problem}`);
  return { file, text: loaded.text };
}

/**
 * Reads included files, which have to lie in the folder of the profile or below it, links
 * followed. What they are called in messages is relative to that folder.
 */
function includer(top: string, shownTop: string): (name: string, from: string) => Loaded {
  const root = path.dirname(top);
  return (name, from) => {
    const folder = from === shownTop ? root : path.dirname(path.join(root, from));
    const wanted = path.resolve(folder, name);
    const outside = { problem: 'is not read: it lies outside of the folder of the profile' };
    // Not even whether there is such a file is anybody's business then.
    if (!isBelow(root, wanted)) return outside;
    if (!existsSync(wanted)) return { problem: 'is not there' };
    const file = realpathSync(wanted);
    if (!isBelow(root, file)) return outside;
    return readText(file, file === top ? shownTop : path.relative(root, file));
  };
}

const isBelow = (root: string, file: string): boolean =>
  file.startsWith(root === '/' ? root : `${root}/`);

function readText(file: string, shown: string): Loaded {
  const found = statSync(file);
  if (!found.isFile()) return { problem: 'is not a file' };
  if (found.size > MAX_BYTES) return { problem: `is larger than ${MAX_BYTES / 1024} KiB` };
  const text = readFileSync(file, 'utf8');
  if (text.includes('\0')) return { problem: 'is not a text file' };
  return { file: shown, text };
}

/** profiles/local is in no fresh checkout. */
function makeFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`the folder ${directory} can not be made: ${reason}`);
  }
}

function write(file: string, text: string, mode: number): void {
  try {
    // wx: what appeared in the meantime stays, and no link is followed.
    writeFileSync(file, text, { flag: 'wx', mode });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${file} can not be written: ${reason}`);
  }
}

/** What to read before the profile is used. */
function report(profile: ImportedProfile, { output }: ImportArguments): string {
  const lines = profile.notCarried.map(notCarriedLine);
  const secrets = profile.secrets.map(({ name, from }) =>
    output === undefined
      ? `the secret ${from} is not printed: put it into the file ${name} beside the profile`
      : `the secret ${from} is in ${path.join(path.dirname(output), name)}: keep it out of git`,
  );
  const count = lines.length === 1 ? '1 thing was' : `${lines.length} things were`;
  const closing = lines.length === 0 ? 'everything was carried over' : `${count} not carried over`;
  const next = output === undefined ? '' : `; next: mkimage check ${output}`;
  return [...lines, ...secrets, `mkimage: ${closing}${next}`, ''].join('\n');
}
