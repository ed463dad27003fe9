/**
 * A thread that hashes and compresses chunks: started by compress-pool.ts, plain JavaScript because node has to
 * run it as it is. With the low-level interface of zstd-napi: the other one leaves as much memory as
 * a chunk has to the garbage collector each time.
 */
import { createHash } from 'node:crypto';
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import zstd from 'zstd-napi/binding.js';

const { CCtx, compressBound, CParameter } = zstd;

const { niceness } = /** @type {{ niceness: number }} */ (workerData);
// setpriority(2): of this thread only.
if (niceness !== 0) os.setPriority(niceness);

const context = new CCtx();
context.setParameter(CParameter.checksumFlag, 1);
let output = new Uint8Array(0);

/** Without a level: to be hashed. @typedef {{ chunk: Uint8Array<ArrayBuffer>, level?: number }} Question */

parentPort?.on('message', (/** @type {Question} */ { chunk, level }) => {
  // The chunk goes back as well, to be filled again.
  if (level === undefined) {
    const sha256 = createHash('sha256').update(chunk).digest('hex');
    parentPort?.postMessage({ chunk, sha256 }, [chunk.buffer]);
    return;
  }
  context.setParameter(CParameter.compressionLevel, level);
  const most = compressBound(chunk.length);
  if (output.length < most) output = new Uint8Array(most);
  const frame = output.slice(0, context.compress2(output, chunk));
  parentPort?.postMessage({ chunk, frame }, [chunk.buffer, frame.buffer]);
});
