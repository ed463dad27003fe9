/**
 * A thread that compresses chunks: started by compress-pool.ts, plain JavaScript because node has to
 * run it as it is. With the low-level interface of zstd-napi: the other one leaves as much memory as
 * a chunk has to the garbage collector each time.
 */
import { parentPort } from 'node:worker_threads';
import zstd from 'zstd-napi/binding.js';

const { CCtx, compressBound, CParameter } = zstd;

const context = new CCtx();
context.setParameter(CParameter.checksumFlag, 1);
let output = new Uint8Array(0);

/** @typedef {{ chunk: Uint8Array<ArrayBuffer>, level: number }} Question */

parentPort?.on('message', (/** @type {Question} */ { chunk, level }) => {
  context.setParameter(CParameter.compressionLevel, level);
  const most = compressBound(chunk.length);
  if (output.length < most) output = new Uint8Array(most);
  const frame = output.slice(0, context.compress2(output, chunk));
  // The chunk goes back as well, to be filled again.
  parentPort?.postMessage({ chunk, frame }, [chunk.buffer, frame.buffer]);
});
