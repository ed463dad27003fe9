import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import yargs from 'yargs';
import { ConfigError, DiagnosticList } from '../config/diagnostics.ts';
import { diskSchema } from '../config/disk-schema.ts';
import { validate } from '../config/validate.ts';
import { parseYaml } from '../config/yaml-source.ts';
import { exitCodeOf, formatError, UserError } from '../host/errors.ts';
import { readText } from '../host/read-files.ts';

/** The command line of `tar-to-disk`. So far it checks disk layouts; composing disks comes next. */
export async function main(argv: readonly string[]): Promise<number> {
  let usageError: string | undefined;
  const parser = yargs([...argv])
    .scriptName('tar-to-disk')
    .usage(
      'tar-to-disk --check -C disk.yml\n\nChecks a disk layout. This version can not write disk images yet.',
    )
    .option('config', {
      alias: 'C',
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'disk layout, YAML or JSON',
    })
    .option('check', { type: 'boolean', default: false, describe: 'only check the layout' })
    .strict()
    .help()
    .alias('help', 'h')
    .exitProcess(false)
    .fail((message, error) => {
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- absent for usage errors
      if (error) throw error;
      usageError = message;
    });
  try {
    if (argv.includes('--help') || argv.includes('-h')) {
      parser.showHelp('log');
      return 0;
    }
    const args = await parser.parseAsync();
    if (usageError !== undefined) {
      process.stderr.write(`tar-to-disk: ${usageError}\n  see: tar-to-disk --help\n`);
      return 2;
    }
    checkLayout(args.config);
    if (!args.check)
      throw new UserError('this version checks disk layouts, it can not write disk images yet', {
        hint: 'tar-to-disk --check -C disk.yml',
      });
    process.stdout.write(`no mistakes found in ${args.config}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${formatError(error)}\n`);
    return exitCodeOf(error);
  }
}

function checkLayout(file: string): void {
  if (!existsSync(file)) throw ConfigError.of([{ message: 'there is no such file', where: file }]);
  const diagnostics = new DiagnosticList();
  const document = parseYaml(readText(path.resolve(file)), file, diagnostics);
  if (document !== undefined) validate(diskSchema, document, diagnostics);
  diagnostics.throwIfAny();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await main(process.argv.slice(2));
