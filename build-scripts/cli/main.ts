import yargs from 'yargs';
import { closest } from '../config/did-you-mean.ts';
import { exitCodeOf, formatError } from '../host/errors.ts';
import { wholeNumber } from './argument-values.ts';
import { bootOptions, testOptions } from './boot-options.ts';
import { buildOptions, cacheOptions } from './build-options.ts';
import type { BuildArguments } from './build.ts';
import { diffOptions } from './diff-options.ts';
import { COMMANDS } from './commands.ts';
import { version } from './project-dir.ts';

/**
 * The command line of `mkimage`. The code of a command is loaded when the command runs.
 * @returns the exit code: 0, 1 (a tool failed), 2 (wrong input), 130 (Ctrl-C), 70 (our bug); of
 *   `diff` as of diff(1): 0 (no difference), 1 (different), 2 (trouble)
 */
export async function main(argv: readonly string[]): Promise<number> {
  let action = (): Promise<number> => Promise.resolve(0);
  // It runs when yargs is done: for commands that take time yargs composes its help text beforehand.
  const run =
    <Arguments>(chosen: (args: Arguments) => Promise<number>) =>
    (args: Arguments): void => {
      action = () => chosen(args);
    };
  // What follows `--` is a command line for the inside of an image, and none of ours to read.
  const end = argv[0] === 'shell' && argv.includes('--') ? argv.indexOf('--') : argv.length;
  const inside = argv.slice(end + 1);
  const parser = yargs(argv.slice(0, end))
    .scriptName('mkimage')
    .usage(
      'mkimage PROFILE…                 build images from profiles\nmkimage COMMAND [ARGUMENTS]',
    )
    .parserConfiguration({ 'duplicate-arguments-array': true, 'strip-aliased': true })
    .option('collections', {
      type: 'string',
      array: true,
      nargs: 1,
      requiresArg: true,
      global: true,
      describe: 'further folder with collections, searched first',
    })
    .option('set', {
      type: 'string',
      array: true,
      nargs: 1,
      requiresArg: true,
      global: true,
      describe: 'set an option or setting: NAME=VALUE, add to a list: NAME+=VALUE',
    })
    .command(
      ['build <profile..>', '$0 <profile..>'],
      'build images (the default command)',
      buildOptions,
      run(async (args) => (await import('./build.ts')).build(args as unknown as BuildArguments)),
    )
    .command(
      'check [profile..]',
      'find mistakes without building anything',
      (y) =>
        y.positional('profile', {
          type: 'string',
          array: true,
          describe: 'profiles; default: all of them',
        }),
      run(async (args) => (await import('./check.ts')).check(args)),
    )
    .command(
      'plan <profile..>',
      'show what would be done: collections, packages, options, commands',
      (y) =>
        y
          .positional('profile', { type: 'string', array: true, demandOption: true })
          .option('json', { type: 'boolean', default: false, describe: 'as data' }),
      run(async (args) => (await import('./plan.ts')).plan(args)),
    )
    .command(
      'explain <option> [profile]',
      'what an option is for, and where its value comes from',
      (y) =>
        y
          .positional('option', { type: 'string', demandOption: true })
          .positional('profile', { type: 'string' }),
      run(async (args) => (await import('./explain.ts')).explain(args)),
    )
    .command(
      'list <what>',
      'list profiles, collections, options or outputs',
      (y) =>
        y.positional('what', {
          choices: ['profiles', 'collections', 'options', 'outputs'] as const,
          demandOption: true,
        }),
      run(async (args) => (await import('./list.ts')).list(args)),
    )
    .command(
      'shell <profile> [command..]',
      'a shell in a throw-away copy of the built image',
      (y) =>
        y
          .positional('profile', { type: 'string', demandOption: true })
          .positional('command', {
            type: 'string',
            array: true,
            describe: 'run this instead of a shell',
          })
          .option('before', {
            type: 'string',
            requiresArg: true,
            describe:
              'build up to this hook instead, and look at the image as the hook would find it',
          })
          .option('workdir', { type: 'string', requiresArg: true, describe: 'folder to work in' })
          .option('output-dir', {
            alias: 'O',
            type: 'string',
            requiresArg: true,
            describe: 'folder with the images',
          }),
      run(async (args) =>
        (await import('./shell.ts')).shell({
          ...args,
          command: [...(args.command ?? []), ...inside],
        }),
      ),
    )
    .command(
      'boot <target>',
      'start an image in a virtual machine or a container, on a throw-away copy',
      bootOptions,
      run(async (args) => (await import('./boot.ts')).boot(args)),
    )
    .command(
      'test <target..>',
      'start images without a person, and run the tests of their collections',
      testOptions,
      run(async (args) => (await import('./test.ts')).test(args)),
    )
    .command(
      'diff <a> [b]',
      'what is different between two images; of one profile, its last two builds',
      diffOptions,
      run(async (args) => (await import('./diff.ts')).diff(args)),
    )
    .command(
      'clean [profile..]',
      'remove built images',
      (y) =>
        y
          .positional('profile', {
            type: 'string',
            array: true,
            describe: 'profiles; default: all',
          })
          .option('keep', {
            type: 'string',
            requiresArg: true,
            default: '0',
            coerce: wholeNumber('--keep', 0, 10_000),
            describe: 'keep this many of the newest builds of each profile',
          })
          .option('output-dir', {
            alias: 'O',
            type: 'string',
            requiresArg: true,
            describe: 'folder with the images',
          }),
      run(async (args) => (await import('./clean.ts')).clean(args)),
    )
    .command(
      'cache <what>',
      'show, shrink or check what is kept for the next builds',
      cacheOptions,
      run(async (args) => (await import('./cache.ts')).cache(args)),
    )
    .command(
      'import-reference <file>',
      'make a profile of one of the reference builder; what it can not carry over is listed',
      (y) =>
        y
          .positional('file', {
            type: 'string',
            demandOption: true,
            describe:
              'profile of the reference, a file of shell assignments; it is read, never run',
          })
          .option('output', {
            alias: 'o',
            type: 'string',
            requiresArg: true,
            describe: 'file to write the profile to; default: it is printed',
          }),
      run(async (args) => (await import('./import-reference.ts')).importReference(args)),
    )
    .epilogue(
      'Start with README.md. Options of the images: mkimage list options.\n' +
        'mkimage --setup (as the first argument) installs what is missing on this machine.',
    )
    .strict()
    .help()
    .alias('help', 'h')
    .version(version)
    .wrap(Math.min(100, process.stdout.columns || 100))
    .exitProcess(false)
    .fail((message, error) => {
      // yargs hands errors of commands through here as well.
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- absent for usage errors
      if (error) throw error;
      throw new UsageError(message, argv);
    });
  try {
    if (argv.length === 0) {
      parser.showHelp('error');
      return 2;
    }
    await parser.parseAsync();
    return await action();
  } catch (error) {
    process.stderr.write(`${formatError(error)}\n${commandHint(argv[0])}`);
    return exitCodeOf(error);
  }
}

/** The command line itself is wrong. */
class UsageError extends Error {
  readonly exitCode = 2;

  constructor(message: string, argv: readonly string[]) {
    const command = COMMANDS.find((name) => name === argv[0]);
    const plain = message.startsWith('Not enough non-option') ? 'an argument is missing' : message;
    const dashes = command === 'shell' ? '\n  put -- before a command with options of its own' : '';
    super(
      `mkimage: ${plain}${dashes}\n  see: mkimage ${command === undefined ? '' : `${command} `}--help`,
    );
  }
}

/** What is no command is taken for a profile: say so when it looks like a misspelt command. */
function commandHint(first: string | undefined): string {
  if (first === undefined || COMMANDS.includes(first) || /^-|[./]/.test(first)) return '';
  const match = closest(first, COMMANDS);
  return match === undefined ? '' : `\nIf "${first}" was to be a command: mkimage ${match}\n`;
}
