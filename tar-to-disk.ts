import { main } from './build-scripts/cli/tar-to-disk.ts';
import { runProgram } from './build-scripts/cli/run-program.ts';

void runProgram(main);
