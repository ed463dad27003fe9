import { main } from './build-scripts/cli/main.ts';
import { runProgram } from './build-scripts/cli/run-program.ts';

void runProgram(main);
