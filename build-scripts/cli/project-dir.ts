import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder, whether this runs bundled from dist/ or from the sources. */
export const projectDir: string = findProject();

function findProject(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  return path.basename(here) === 'dist' ? path.dirname(here) : path.resolve(here, '../..');
}

/** Of package.json. */
export const version: string = (
  JSON.parse(readFileSync(path.join(projectDir, 'package.json'), 'utf8')) as { version: string }
).version;
