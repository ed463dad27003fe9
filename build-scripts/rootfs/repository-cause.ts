import type { Repository } from '../config/settings.ts';
import { CommandError } from '../host/errors.ts';

/** apt's words for an index that it did not get: address, reason. */
const FAILED = /^[EW]: Failed to fetch (\S+)\s+(.+)$/;
/** Then the repository was reached, and something is wrong with what it has. */
const HAS_CAUSE_OF_ITS_OWN = /signature|NO_PUBKEY|Hash Sum mismatch|unexpected size/;

/**
 * Reads in the last lines of apt whether one of the further repositories is what failed, so that nobody
 * looks for the mistake at Debian's mirror.
 *
 * @returns one sentence for the reader; undefined when it was something else
 */
export function repositoryCause(
  lines: readonly string[],
  repositories: readonly Repository[],
): string | undefined {
  for (const line of lines) {
    const [, address = '', reason = ''] = FAILED.exec(line) ?? [];
    if (address === '' || HAS_CAUSE_OF_ITS_OWN.test(reason)) continue;
    const repository = repositories.find(({ uri }) =>
      address.startsWith(`${withoutPassword(uri).replace(/\/+$/, '')}/`),
    );
    if (repository === undefined) continue;
    const { name, uri, suite } = repository;
    const shown = `the repository "${name}" (${withoutPassword(uri)})`;
    return /^404\b/.test(reason)
      ? `${shown} has no suite ${suite}; check its address and suite`
      : `${shown} can not be reached from here: ${reason.trim()}; check its address, the network and the apt proxy`;
  }
  return undefined;
}

/** apt does not show it either. */
const withoutPassword = (uri: string): string => uri.replace(/\/\/[^/@]*@/, '//');

/** The same failure, with a repository as its likely cause if it is. */
export function withRepositoryCause(error: unknown, repositories: readonly Repository[]): unknown {
  if (!(error instanceof CommandError)) return error;
  const hint = repositoryCause(error.lastLines, repositories);
  if (hint === undefined) return error;
  return new CommandError({
    command: error.command,
    exitCode: error.commandExitCode,
    signal: error.signal,
    lastLines: error.lastLines,
    logFile: error.logFile,
    hint,
  });
}
