import { readFile } from 'node:fs/promises';
import { scriptPath } from '../../host/script-path.ts';
import type { RunTool } from '../layers/run-tool.ts';

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
export async function dataExtents(run: RunTool, file: string): Promise<Extent[]> {
  const script = await readFile(scriptPath('../disk/space/extents.pl'));
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
