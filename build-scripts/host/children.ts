/**
 * The process groups this program has started and that still run. Each child leads a session of
 * its own, so that Ctrl-C on the terminal reaches only this program, which then cleans up in order.
 */
const groups = new Set<number>();

/** How long a child gets between SIGTERM and SIGKILL, in milliseconds. */
const GRACE = 5000;

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself in the meantime.
  }
}

function killAll(): void {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
}

/** Remembers a child, so that it does not outlive a regular exit. @returns call when it ended. */
export function trackGroup(pid: number): () => void {
  if (groups.size === 0) process.on('exit', killAll);
  groups.add(pid);
  return () => {
    groups.delete(pid);
    if (groups.size === 0) process.off('exit', killAll);
  };
}

/**
 * Ends a process group: SIGTERM, then SIGKILL after five seconds. A group can refuse neither, but
 * a grandchild in a session of its own may still hold the pipes: then `giveUp` is called.
 * @returns call when the group has ended, to stop the countdown
 */
export function endGroup(pid: number, giveUp: () => void): () => void {
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => {
    signalGroup(pid, 'SIGKILL');
    giveUp();
  }, GRACE);
  return () => {
    clearTimeout(timer);
  };
}

/** Kills a process group at once. */
export function killGroup(pid: number): void {
  signalGroup(pid, 'SIGKILL');
}
