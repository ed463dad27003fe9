import { main } from './build-scripts/cli/main.ts';

process.exitCode = await main(process.argv.slice(2));
