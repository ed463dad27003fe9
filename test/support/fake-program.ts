import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './project.ts';

/** Runs something while a program only prints a line on stderr, and fails with exit code 1. */
export async function whileFailing<T>(
  program: string,
  line: string,
  run: () => Promise<T>,
): Promise<T> {
  const folder = temporaryFolder();
  const script = `#!/bin/sh\necho "${line}" >&2\nexit 1\n`;
  writeFileSync(path.join(folder, program), script, { mode: 0o755 });
  const { PATH = '' } = process.env;
  process.env.PATH = `${folder}:${PATH}`;
  try {
    return await run();
  } finally {
    process.env.PATH = PATH;
  }
}
