import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Writes generated files, or with `--check` compares them.
 * @param files path relative to the project → text
 * @returns the exit code: 1 when `--check` finds a difference
 */
export function writeGenerated(
  project: string,
  files: Readonly<Record<string, string>>,
  argv: readonly string[],
  command: string,
): number {
  const stale = Object.entries(files).filter(([name, text]) => {
    const file = path.join(project, name);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  });
  if (argv.includes('--check')) {
    for (const [name] of stale) process.stderr.write(`${name} is not up to date: ${command}\n`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const [name, text] of stale) {
    mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
    writeFileSync(path.join(project, name), text);
    process.stdout.write(`${name}\n`);
  }
  return 0;
}
