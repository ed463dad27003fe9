import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Space } from '../../build-scripts/disk/space/space.ts';
import type { ToolRunner } from '../../build-scripts/disk/tool-runner.ts';
import { writeNode } from '../../build-scripts/disk/write-nodes.ts';
import { makeScratch, removeScratch } from '../support/scratch.ts';
import { luks, swap } from './layers/sample-plans.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await makeScratch('write-nodes');
});
afterAll(() => removeScratch(scratch));

/** Whatever is made has data in its first 4096 bytes. */
const tools: ToolRunner = {
  kind: 'host',
  run([program], options) {
    if (program === 'perl') options?.onLine?.('0 4096', 'stdout');
    return Promise.resolve({ stdout: '', stderr: '', exitCode: 0 });
  },
  versions: () => Promise.resolve(new Map()),
};

async function write(signal: AbortSignal | undefined): Promise<number[]> {
  const written: number[] = [];
  const space: Space = {
    size: swap.size,
    write: (offset) => {
      written.push(offset);
      return Promise.resolve();
    },
  };
  await writeNode(luks(2), space, {
    ...{ tools, scratch, signal, directories: new Map(), epoch: 0 },
    openLuks: () => Promise.resolve(space),
    onDetail: () => undefined,
  });
  return written;
}

test('content is copied into what is encrypted', async () => {
  expect(await write(undefined)).toEqual([0]);
});

test('a signal ends that, with its reason', async () => {
  const reason = new Error('enough');
  await expect(write(AbortSignal.abort(reason))).rejects.toBe(reason);
});
