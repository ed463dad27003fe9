import { readFile } from 'node:fs/promises';
import type { RunOptions } from './process.ts';
import { scriptPath } from './script-path.ts';

/** Runs perl where the file is to be seen. */
export type RunPerl = (
  argv: readonly string[],
  options: Pick<RunOptions, 'input' | 'capture' | 'log' | 'onLine'>,
) => Promise<unknown>;

/** A part of a file that is no hole, bytes. */
export interface Extent {
  readonly start: number;
  readonly length: number;
}

/**
 * Where a sparse file has data, in ascending order. Its file system decides how finely it tells
 * (usually 4096 bytes); one that knows no holes says that all of it is data.
 * @param file as `run` sees it
 * @throws CommandError when it cannot be read
 */
export async function dataExtents(run: RunPerl, file: string): Promise<Extent[]> {
  const script = await readFile(scriptPath('data-extents.pl'));
  const extents: Extent[] = [];
  // On stdin, because the tools tree does not have the script. Thousands of lines are nothing for
  // the log, and too much to capture.
  await run(['perl', '-', file], {
    input: script,
    capture: false,
    log: undefined,
    onLine: (line, stream) => {
      if (stream === 'stdout') extents.push(parse(line));
    },
  });
  return extents;
}

function parse(line: string): Extent {
  const [start, length] = line.split(' ').map(Number);
  if (Number.isSafeInteger(start) && Number.isSafeInteger(length)) {
    return { start, length } as Extent;
  }
  throw new Error(`not an extent: ${line}`);
}
