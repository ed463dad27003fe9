let borrowers = 0;

/** Keeps Node from dying of the Ctrl-C that was meant for the command which has the terminal. */
function ignore(): void {
  // Nothing to do: being a listener is all it takes.
}

/** A command takes over the terminal. @returns call when it gives it back. */
export function lendTerminal(): () => void {
  if (borrowers === 0) process.on('SIGINT', ignore);
  borrowers += 1;
  return () => {
    borrowers -= 1;
    if (borrowers === 0) process.off('SIGINT', ignore);
  };
}

/** Whether a Ctrl-C right now is meant for a command, not for this program. */
export function isTerminalLent(): boolean {
  return borrowers > 0;
}
