import { main } from './build-scripts/cli/tar-to-disk.ts';

void main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
