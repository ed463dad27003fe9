/**
 * Who reads the output may go away, as `head` does, or a terminal that is closed. That is no reason
 * to end a build, and none to leave its clean-up undone: what is written from then on is lost.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
}
