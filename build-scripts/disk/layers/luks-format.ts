import { constants } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../host/process.ts';
import type { LuksPlan } from '../disk-plan.ts';
import type { LuksSecrets } from './luks-secrets.ts';
import type { RunTool } from './run-tool.ts';

/** What is left for a payload in the file that cryptsetup formats, bytes. */
const ROOM = 1024 ** 2;
const SECTOR = 512;

/**
 * `cryptsetup luksFormat` for a plan. All costs are given, so that nothing is measured on the build
 * host; one thread, because more would be as many as that host has processors.
 * @param files of the volume key and of what is formatted; the passphrase comes on stdin
 */
export function luksFormatCommand(
  plan: LuksPlan,
  files: { readonly volumeKey: string; readonly target: string },
): string[] {
  const { pbkdf } = plan;
  const argon = [
    ...['--pbkdf', pbkdf.type, '--pbkdf-force-iterations', String(pbkdf.iterations)],
    ...(pbkdf.type === 'pbkdf2'
      ? []
      : ['--pbkdf-memory', String(pbkdf.memoryKiB), '--pbkdf-parallel', '1']),
  ];
  return [
    ...['cryptsetup', 'luksFormat', '--batch-mode', '--type', `luks${plan.version}`],
    ...['--uuid', plan.uuid, '--cipher', plan.cipher, '--key-size', String(plan.keySize)],
    ...['--hash', plan.hash, '--offset', String(plan.payloadOffset / SECTOR)],
    ...(plan.version === 2 ? ['--sector-size', String(plan.sectorSize)] : []),
    ...argon,
    ...['--volume-key-file', files.volumeKey, '--key-file', '-', files.target],
  ];
}

/**
 * Has cryptsetup make a header, with random salts and stripes, in a small file of its own.
 * @param directory private; this process and `run` see it under the same name
 * @returns all bytes up to the payload
 * @throws CommandError when cryptsetup fails
 */
export async function formatHeader(
  run: RunTool,
  plan: LuksPlan,
  secrets: LuksSecrets,
  directory: string,
): Promise<Buffer> {
  const scratch = await mkdtemp(path.join(directory, 'luks-'));
  try {
    const files = {
      volumeKey: path.join(scratch, 'volume-key'),
      target: path.join(scratch, 'header'),
    };
    const target = await open(files.target, 'wx', 0o600);
    await target.truncate(plan.payloadOffset + ROOM);
    await target.close();
    await withFifo(files.volumeKey, secrets.volumeKey, () =>
      run(luksFormatCommand(plan, files), { input: secrets.passphrase }),
    );
    return (await readFile(files.target)).subarray(0, plan.payloadOffset);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Lends a FIFO from which a secret can be read once: no file system ever gets to see it. */
async function withFifo<T>(name: string, secret: Uint8Array, use: () => Promise<T>): Promise<T> {
  await runCommand(['mkfifo', '--mode=600', '--', name]);
  // Open for both, so that neither opening nor writing waits for a reader (fifo(7)).
  const fifo = await open(name, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    const { bytesWritten } = await fifo.write(secret);
    if (bytesWritten !== secret.length) throw new Error('a FIFO took only a part of a key');
    return await use();
  } finally {
    await fifo.close();
  }
}
