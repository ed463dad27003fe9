import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

/**
 * Bundles a program of this folder into `directory`, with the scripts of the host layer where it
 * looks for them: anybody can run it there, wherever the checkout lies.
 */
export function bundle(name: string, directory: string): string {
  chmodSync(directory, 0o755);
  const host = path.join(REPOSITORY, 'build-scripts', 'host');
  const copies = path.join(directory, 'build-scripts', 'host');
  mkdirSync(copies, { recursive: true });
  for (const script of readdirSync(host).filter((file) => file.endsWith('.sh'))) {
    cpSync(path.join(host, script), path.join(copies, script));
    chmodSync(path.join(copies, script), 0o755);
  }
  const program = path.join(directory, `${name}.mjs`);
  execFileSync(path.join(REPOSITORY, 'node_modules', '.bin', 'esbuild'), [
    path.join(import.meta.dirname, `${name}.ts`),
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--log-level=error',
    // Some dependencies are CommonJS inside.
    "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    `--outfile=${program}`,
  ]);
  chmodSync(program, 0o644);
  return program;
}
