import { main } from './build-scripts/cli/main.ts';

void main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
