import { main } from './build-scripts/cli/tar-to-disk.ts';
import { outliveReaders } from './build-scripts/host/outlive-readers.ts';

outliveReaders();
void main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
