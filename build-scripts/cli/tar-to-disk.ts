import yargs from 'yargs';
import { exitCodeOf, formatError } from '../host/errors.ts';
import { version } from './project-dir.ts';
import type { DiskArguments } from './write-disk.ts';

const OPTIONS = {
  config: {
    alias: 'C',
    type: 'string',
    requiresArg: true,
    describe: 'disk layout: disk.yml, or the same as JSON',
  },
  uefi: { type: 'boolean', describe: 'built-in layout: GPT, ESP and one ext4 root' },
  bios: {
    type: 'boolean',
    describe: 'built-in layout: GPT, BIOS boot partition and one ext4 root',
  },
  'output-dir': {
    alias: 'O',
    type: 'string',
    requiresArg: true,
    describe: 'folder for the image and its log; default: the working directory',
  },
  name: {
    type: 'string',
    requiresArg: true,
    describe: 'name of the image; default: that of the tarball',
  },
  size: {
    type: 'string',
    requiresArg: true,
    describe: 'size of the disk, instead of what the layout says',
  },
  format: {
    alias: 'f',
    type: 'string',
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: 'formats to make, with commas between; default: raw',
  },
  seed: {
    type: 'string',
    requiresArg: true,
    describe: 'makes all identities the same on every run',
  },
  serial: {
    type: 'boolean',
    default: false,
    describe: 'console and boot menu on the first serial port, too (115200 baud)',
  },
  exec: {
    type: 'string',
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: 'run a script in the image before the initramfs is made',
  },
  shell: {
    type: 'boolean',
    default: false,
    describe: 'open a shell in the image before the initramfs is made',
  },
  profile: {
    type: 'string',
    requiresArg: true,
    describe: 'run the disk hooks of the collections of this profile',
  },
  collections: {
    type: 'string',
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: 'with --profile: further folder with collections',
  },
  set: {
    type: 'string',
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: 'with --profile: set an option, NAME=VALUE',
  },
  tools: {
    choices: ['tree', 'host'] as const,
    default: 'tree' as const,
    describe: 'disk tools: a small Debian 13 made once, or those of this host',
  },
  check: { type: 'boolean', default: false, describe: 'only check the layout' },
  'dry-run': {
    alias: 'n',
    type: 'boolean',
    default: false,
    describe: 'only show the plan of the disk',
  },
  json: { type: 'boolean', default: false, describe: 'the plan as data' },
  workdir: {
    type: 'string',
    requiresArg: true,
    describe: 'folder to work in; default: memory, or $TMPDIR when there is too little',
  },
  quiet: { alias: 'q', type: 'boolean', describe: 'say nothing but warnings and errors' },
  verbose: { alias: 'v', type: 'boolean', describe: 'show the output of every tool' },
  plain: { type: 'boolean', describe: 'lines instead of live progress' },
} as const;

class UsageError extends Error {
  readonly exitCode = 2;
  constructor(message: string) {
    super(`tar-to-disk: ${message}\n  see: tar-to-disk --help`);
  }
}

/**
 * The command line of `tar-to-disk`.
 * @returns the exit code: 0, 1 (a tool failed), 2 (wrong input), 130 (Ctrl-C), 70 (our bug)
 */
export async function main(argv: readonly string[]): Promise<number> {
  const parser = yargs([...argv])
    .scriptName('tar-to-disk')
    .command(
      '$0 [tarball]',
      'makes a bootable disk image of a root file system tarball, without root and without loop devices',
      (y) =>
        y
          .positional('tarball', { type: 'string', describe: 'root file system, tar.zst' })
          .options(OPTIONS),
    )
    .example('$0 --uefi rootfs.tar.zst', 'a disk with an ESP and an ext4 root')
    .example('$0 --uefi --format qcow2,ova rootfs.tar.zst', 'mkimage list outputs has all formats')
    .example('$0 -C disk.yml -O images rootfs.tar.zst', 'RAID1, LUKS, LVM, btrfs: docs/disk.md')
    .strict()
    .help()
    .alias('help', 'h')
    .version(version)
    .wrap(Math.min(100, process.stdout.columns || 100))
    .exitProcess(false)
    .fail((message, error) => {
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- absent for usage errors
      if (error) throw error;
      throw new UsageError(message);
    });
  try {
    if (argv.length === 0) {
      parser.showHelp('error');
      return 2;
    }
    const args = (await parser.parseAsync()) as unknown as DiskArguments & {
      help?: boolean;
      version?: boolean;
    };
    if (args.help === true || args.version === true) return 0;
    checkCombination(args);
    const { writeDisk } = await import('./write-disk.ts');
    return await writeDisk(args);
  } catch (error) {
    process.stderr.write(`${formatError(error)}\n`);
    return exitCodeOf(error);
  }
}

function checkCombination(args: DiskArguments): void {
  const layouts = [args.config !== undefined, args.uefi === true, args.bios === true].filter(
    Boolean,
  );
  if (layouts.length !== 1) throw new UsageError('give one layout: -C disk.yml, --uefi or --bios');
  if (args.tarball === undefined && !args.check && !args.dryRun) {
    throw new UsageError('which root file system? give the path of a tar.zst');
  }
  if (args.quiet === true && args.verbose === true)
    throw new UsageError('--quiet and --verbose exclude each other');
}
