import { optionsPage } from './options-page.ts';
import { writeGenerated } from './generated-files.ts';
import { projectDir } from './project-dir.ts';

process.exitCode = writeGenerated(
  projectDir,
  { 'docs/options.md': optionsPage(projectDir) },
  process.argv,
  'npm run docs',
);
