import { withSystemFolders } from '../../../build-scripts/host/find-program.ts';
import type { RunTool } from '../../../build-scripts/disk/layers/run-tool.ts';
import { runCommand } from '../../../build-scripts/host/process.ts';

export const env = { PATH: withSystemFolders(), LC_ALL: 'C' };

/** Runs the tools of this machine. */
export const tool: RunTool = (argv, options = {}) =>
  runCommand(argv, { ...options, env: { ...env, ...options.env } });

export const passphrase = Buffer.from('correct horse');

/** The bytes as blocks of AES: pieces of 16. */
export function blocks(bytes: Uint8Array): string[] {
  const hex = Buffer.from(bytes).toString('hex');
  return hex.match(/.{32}/g) ?? [];
}
