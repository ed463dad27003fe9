import { requireSandboxHost } from '../../build-scripts/host/sandbox-host.ts';
import type { SkipReason } from './test-unless.ts';

/** What keeps this machine from opening a sandbox. */
export function needsSandbox(): SkipReason {
  try {
    requireSandboxHost();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
