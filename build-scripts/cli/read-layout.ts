import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Layout } from '../composition.ts';
import { ConfigError, DiagnosticList } from '../config/diagnostics.ts';
import { diskSchema } from '../config/disk-schema.ts';
import { validate } from '../config/validate.ts';
import { parseYaml } from '../config/yaml-source.ts';
import { BUILT_IN_LAYOUTS } from '../disk/plan/index.ts';
import { readText } from '../host/read-files.ts';

export interface LayoutArguments {
  readonly config?: string | undefined;
  readonly bios?: boolean | undefined;
  /** Instead of what the layout says. */
  readonly size?: string | undefined;
}

/** The layout that the command line asks for. @throws ConfigError with its mistakes */
export function readLayout(args: LayoutArguments): Layout {
  const layout = args.config === undefined ? builtIn(args) : fromFile(args.config);
  if (args.size === undefined) return layout;
  const parsed = diskSchema.shape.size.safeParse(args.size);
  if (parsed.success) return { ...layout, disk: { ...layout.disk, size: parsed.data } };
  throw ConfigError.of([
    {
      message: `"${args.size}" is not a size`,
      hint: 'write it like 512M, 10G or auto',
      where: 'command line, --size',
    },
  ]);
}

function builtIn(args: LayoutArguments): Layout {
  return { disk: BUILT_IN_LAYOUTS[args.bios === true ? 'bios' : 'uefi'], folder: process.cwd() };
}

function fromFile(file: string): Layout {
  if (!existsSync(file)) throw ConfigError.of([{ message: 'there is no such file', where: file }]);
  const diagnostics = new DiagnosticList();
  const document = parseYaml(readText(path.resolve(file)), file, diagnostics);
  const disk = document && validate(diskSchema, document, diagnostics);
  diagnostics.throwIfAny();
  if (disk === undefined) throw new Error('a layout did not parse and no mistake was reported');
  return { disk, document, folder: path.dirname(path.resolve(file)) };
}
