import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The absolute path of a shell script of this folder. Bundled code lives in `dist/`, so the
 * script is looked for from there upwards.
 */
export function scriptPath(name: string): string {
  const start = path.dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'build-scripts', 'host', name);
    if (existsSync(file)) return file;
    if (folder === path.dirname(folder)) throw new Error(`no ${name} above ${start}`);
  }
}
