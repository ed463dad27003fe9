import { UserError } from './errors.ts';
import { findProgram, withSystemFolders } from './find-program.ts';
import { runCommand } from './process.ts';

/** A program of the host, and the Debian package that has it. */
export interface HostTool {
  readonly command: string;
  readonly package: string;
}

/** The tools of a list that this host lacks. */
export function missingTools(tools: readonly HostTool[]): HostTool[] {
  return tools.filter(({ command }) => findProgram(command) === undefined);
}

/** @throws UserError that names every missing tool with its package */
export function requireTools(tools: readonly HostTool[]): void {
  const missing = missingTools(tools);
  if (missing.length === 0) return;
  const names = missing.map(({ command, package: name }) => `${command} (package ${name})`);
  const packages = [...new Set(missing.map((tool) => tool.package))].sort();
  throw new UserError(`missing host tools: ${names.join(', ')}`, {
    hint: `sudo apt install ${packages.join(' ')}\nor ./mkimage --setup`,
  });
}

/**
 * The version a tool prints when asked with `--version`: the first thing in its answer that looks
 * like one, e.g. `1.3.5`. Undefined when the tool is missing or does not say.
 */
export async function toolVersion(command: string): Promise<string | undefined> {
  if (findProgram(command) === undefined) return undefined;
  const env = { LC_ALL: 'C', PATH: withSystemFolders() };
  // Some print it on stderr, some with a failing exit code.
  const { stdout, stderr } = await runCommand([command, '--version'], {
    env,
    allowExitCodes: [0, 1, 2],
  });
  return /\d+(?:\.\d+)+[\w.~+-]*/.exec(stdout + stderr)?.[0];
}
