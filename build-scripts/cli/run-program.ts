import { outliveReaders } from '../host/outlive-readers.ts';

/** Runs a program with the arguments of this process, which ends with its exit code. */
export async function runProgram(
  main: (argv: readonly string[]) => Promise<number>,
): Promise<void> {
  outliveReaders();
  process.exitCode = await main(process.argv.slice(2));
}
