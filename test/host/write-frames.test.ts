import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { BufferPool } from '../../build-scripts/host/buffer-pool.ts';
import { writeFrames, type FrameStore } from '../../build-scripts/host/write-frames.ts';
import { needsPrograms } from '../support/needs.ts';
import { describeUnless } from '../support/test-unless.ts';
import { temporaryDirectory } from './support/temporary.ts';

const folder = temporaryDirectory();
const chunks = Array.from({ length: 9 }, (_, index) =>
  Buffer.concat([Buffer.alloc(300_000, `chunk ${index}\n`), Buffer.alloc(index, 1)]),
);

const buffers = new BufferPool(400_000);

async function* source(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const chunk of chunks) {
    const buffer = buffers.take();
    buffer.set(chunk);
    yield await Promise.resolve(buffer.subarray(0, chunk.length));
  }
}

function memory(): FrameStore & { readonly frames: Map<string, Uint8Array>; found: number } {
  const frames = new Map<string, Uint8Array>();
  const store = {
    frames,
    found: 0,
    find(sha256: string, level: number) {
      const frame = frames.get(`${sha256} ${level}`);
      if (frame !== undefined) store.found += 1;
      return Promise.resolve(frame);
    },
    add(sha256: string, level: number, frame: Uint8Array) {
      frames.set(`${sha256} ${level}`, frame);
      return Promise.resolve();
    },
  };
  return store;
}

describeUnless(needsPrograms('zstd'), 'frames', () => {
  test('are one stream for zstd, with sums that are right', async () => {
    const file = path.join(folder, 'one');
    const written = await writeFrames(source(), file, { level: 3, buffers });
    const output = execFileSync('zstd', ['-dc', file], { maxBuffer: 2 ** 26 });
    expect(output.equals(Buffer.concat(chunks))).toBe(true);
    const data = readFileSync(file);
    expect(written).toEqual({
      path: file,
      bytes: data.length,
      bytesIn: output.length,
      sha256: createHash('sha256').update(data).digest('hex'),
    });
  });

  test('from a store are those that are made anew', async () => {
    const frames = memory();
    const plain = await writeFrames(source(), path.join(folder, 'plain'), { level: 3, buffers });
    const first = await writeFrames(source(), path.join(folder, 'first'), {
      level: 3,
      buffers,
      frames,
    });
    expect(frames.found).toBe(0);
    const second = await writeFrames(source(), path.join(folder, 'second'), {
      level: 3,
      buffers,
      frames,
    });
    expect(frames.found).toBe(chunks.length);
    expect(first.sha256).toBe(plain.sha256);
    expect(second.sha256).toBe(plain.sha256);
    // Another level has frames of its own.
    await writeFrames(source(), path.join(folder, 'level'), { level: 5, buffers, frames });
    expect(frames.found).toBe(chunks.length);
  });
});

test('a failing source fails the writing', async () => {
  async function* broken(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield await Promise.resolve(buffers.take());
    throw new Error('tar failed');
  }
  await expect(
    writeFrames(broken(), path.join(folder, 'broken'), { level: 3, buffers }),
  ).rejects.toThrow('tar failed');
});
